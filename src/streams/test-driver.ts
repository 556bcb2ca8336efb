import { OperatorError } from '../base/errors.ts'
import { deadLetterHeaders } from './runtime/dead-letter.ts'
import type { KeyValueStore } from './state/key-value-store.ts'
import { Marks } from './state/marks.ts'
import type { SessionStore } from './state/session-store.ts'
import type { WindowStore } from './state/window-store.ts'
import { InvalidRecord } from './task/decoding.ts'
import { LocalRun, type WrittenRecord } from './task/local-run.ts'
import { changelogState, fileState, type LocalState } from './task/local-state.ts'
import type { TaskRecord } from './task/record-queues.ts'
import type { Application } from './topology/application.ts'
import { type Duration, durationMs } from './topology/duration.ts'
import type { TopicHandle } from './topology/topic.ts'
import type { StoreDefinition } from './topology/topology.ts'
import type { Topic, Topology } from './types.ts'

/** A record that came out. */
export interface OutRecord<K, V> {
  readonly key: K
  readonly value: V | null
  readonly timestamp: number
  readonly headers: ReadonlyMap<string, Uint8Array>
}

type Written = Pick<WrittenRecord, 'key' | 'value' | 'timestamp' | 'headers'>

const noHeaders: ReadonlyMap<string, Uint8Array> = new Map()

export interface TestDriverOptions {
  /** The wall clock's first time, in milliseconds since 1970 or as ISO text. Default: 1970. */
  readonly startTime?: number | string
  /** Keeps state in this file instead of in memory. */
  readonly stateFile?: string
}

/**
 * Runs a topology without a broker, deterministically: a record that is piped in is processed wholly, and committed, before
 * `pipe` returns. Time stands still unless it is advanced.
 */
export class TestDriver implements AsyncDisposable {
  readonly #application: Application
  readonly #outputs = new Map<string, Written[]>()
  /** All that survives a crash. */
  readonly #state: LocalState
  #marks = new Marks()
  #run: LocalRun
  #nowMs: number

  private constructor(topology: Topology, { startTime = 0, stateFile }: TestDriverOptions) {
    this.#application = topology as unknown as Application
    this.#nowMs = timeOf(startTime)
    this.#state = stateFile === undefined ? changelogState() : fileState(stateFile)
    this.#run = this.#start()
  }

  /** A driver with nothing in it. */
  static async create(topology: Topology, options: TestDriverOptions = {}): Promise<TestDriver> {
    return new TestDriver(topology, options)
  }

  /** As `create`, without a promise: nothing in it waits. */
  static start(topology: Topology, options: TestDriverOptions = {}): TestDriver {
    return new TestDriver(topology, options)
  }

  /** Where records of a topic go in. Without a timestamp they are of now: the driver's wall clock. */
  input<K, V>(
    topic: Topic<K, V>,
  ): {
    pipe(
      key: K | null,
      value: V | null,
      timestamp?: number | string,
      headers?: ReadonlyMap<string, Uint8Array>,
    ): Promise<void>
  } {
    return {
      pipe: async (key, value, timestamp = this.#nowMs, headers = noHeaders) =>
        this.pipe(topic, { key, value, timestamp, headers }),
    }
  }

  /** Pipes in one record, without a promise. */
  pipe<K, V>(
    topic: Topic<K, V>,
    record: { key: K | null; value: V | null; timestamp: number | string; headers?: ReadonlyMap<string, Uint8Array> },
  ): void {
    const { name, key: keyCodec, value: valueCodec } = topic as unknown as TopicHandle
    this.pipeBytes(name, {
      key: record.key === null ? null : keyCodec.encode(record.key),
      value: record.value === null ? null : valueCodec.encode(record.value),
      timestamp: timeOf(record.timestamp),
      headers: record.headers ?? noHeaders,
    })
  }

  /** Pipes in one record as it lies in a topic: also one that its codecs refuse. */
  pipeBytes(
    topic: string,
    record: {
      key: Uint8Array | null
      value: Uint8Array | null
      timestamp: number
      headers: ReadonlyMap<string, Uint8Array>
    },
  ): void {
    if (!this.#run.reads(topic)) {
      throw new OperatorError(`the topology ${this.#application.name} does not read ${topic}`)
    }
    const { key, value, timestamp, headers } = record
    const given = { key, value, timestamp, headers }
    const lengths = new Map([...this.#outputs].map(([name, records]) => [name, records.length]))
    try {
      this.#run.pipe(topic, given)
    } catch (error) {
      const { onError } = this.#application.options
      if (typeof onError !== 'object' || error instanceof InvalidRecord) throw error
      // Nothing of the record counts, as where a script runs: there its transaction is given up.
      for (const [name, records] of this.#outputs) records.splice(lengths.get(name) ?? 0)
      this.#restart()
      this.#addDeadLetter(onError.deadLetter, error, { topic, record: { ...given, offset: -1 } })
    }
    this.#commit()
  }

  /** What the topology wrote to a topic, in order, each record read once. */
  output<K, V>(
    topic: Topic<K, V>,
  ): {
    read(): OutRecord<K, V> | undefined
    readAll(): OutRecord<K, V>[]
    /** As `readAll`, only the values. */
    readValues(): (V | null)[]
    isEmpty(): boolean
  } {
    const { name, key, value } = topic as unknown as TopicHandle
    const waiting = (): Written[] => this.#outputs.get(name) ?? []
    const decoded = (record: Written): OutRecord<K, V> => ({
      key: (record.key === null ? null : key.decode(record.key)) as K,
      value: (record.value === null ? null : value.decode(record.value)) as V | null,
      timestamp: record.timestamp,
      headers: record.headers,
    })
    return {
      read() {
        const record = waiting().shift()
        return record && decoded(record)
      },
      readAll: () => waiting().splice(0).map(decoded),
      readValues: () =>
        waiting()
          .splice(0)
          .map(record => decoded(record).value),
      isEmpty: () => waiting().length === 0,
    }
  }

  /** The content of a store. Windowed ones are keyed by `{ key, window: { start, end } }`. */
  store<K, V>(name: string): { get(key: K): V | null; all(): [K, V][] } {
    const definition = this.#application.plan.stores.get(name)
    if (!definition) {
      const known = [...this.#application.plan.stores.keys()].join(', ') || 'none'
      throw new OperatorError(`there is no store ${name}`, { hint: `stores of this topology: ${known}` })
    }
    const run = (): unknown => this.#run.store(name)
    const entries = (): [unknown, unknown][] => storeEntries(definition, run())
    return {
      get(key) {
        if (definition.kind !== 'key-value' && definition.kind !== 'versioned') {
          const found = entries().find(([other]) => JSON.stringify(other) === JSON.stringify(key))
          return found === undefined ? null : (found[1] as V)
        }
        return ((run() as KeyValueStore).get(key)?.value ?? null) as V | null
      },
      all: () => entries() as [K, V][],
    }
  }

  /** Moves the wall clock on: what is due by it happens once, as if nothing had run meanwhile. */
  async advanceWallClock(duration: Duration): Promise<void> {
    this.advance(duration)
  }

  /** As `advanceWallClock`, without a promise. */
  advance(duration: Duration): void {
    this.#nowMs += durationMs(duration, 'the advance of the wall clock')
    this.#run.punctuate(this.#nowMs)
    this.#commit()
  }

  /** The highest timestamp that the topology has seen, -1 before the first record. */
  streamTime(): number {
    return this.#run.streamTime
  }

  /** The wall clock, milliseconds since 1970. */
  now(): number {
    return this.#nowMs
  }

  /** Throws away all that is in memory, and builds it again from the changelogs: what a crash and a restart do. */
  async crashAndRestore(): Promise<void> {
    this.#restart()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#outputs.clear()
    this.#state.close()
  }

  #restart(): void {
    this.#state.crash()
    this.#run = this.#start()
  }

  #start(): LocalRun {
    this.#marks = new Marks(this.#state.marks())
    return new LocalRun({
      name: this.#application.name,
      plan: this.#application.plan,
      now: () => this.#nowMs,
      marks: this.#marks,
      table: definition => this.#state.table(definition),
      written: record => this.#keep(record.sink.topic, record),
      invalid: (error, refused) => this.#putAside(error, refused),
    })
  }

  #keep(topic: string, record: Written): void {
    const records = this.#outputs.get(topic)
    if (records) records.push(record)
    else this.#outputs.set(topic, [record])
  }

  /** What a codec or a schema refuses goes to the dead letters, if the script wants that, else nowhere. */
  #putAside(error: unknown, refused: { readonly topic: string; readonly record: TaskRecord }): void {
    const sources = this.#application.plan.nodes.filter(node => node.kind === 'source')
    const source = sources.find(({ topics }) => topics.includes(refused.topic))
    if (typeof source?.onInvalid === 'object') this.#addDeadLetter(source.onInvalid.deadLetter, error, refused)
  }

  #addDeadLetter(
    deadLetter: string,
    error: unknown,
    { topic, record }: { readonly topic: string; readonly record: TaskRecord },
  ): void {
    const headers = deadLetterHeaders(error, { topic, partition: 0, record })
    const known = new Map(headers.map(({ key, value }) => [key, value ?? new Uint8Array()]))
    this.#keep(deadLetter, { ...record, headers: known })
  }

  #commit(): void {
    this.#state.commit(this.#marks.snapshot())
  }
}

function storeEntries(definition: StoreDefinition, store: unknown): [unknown, unknown][] {
  switch (definition.kind) {
    case 'window':
      return [...(store as WindowStore).all()].map(({ key, start, value }) => [
        { key, window: { start, end: start + (definition.windowMs ?? 0) } },
        value,
      ])
    case 'session':
      return [...(store as SessionStore).all()].map(({ key, start, end, value }) => [
        { key, window: { start, end } },
        value,
      ])
    case 'key-value':
      return [...(store as KeyValueStore).range()].map(([key, { value }]) => [key, value])
    default:
      throw new OperatorError(`the store ${definition.name} is an operator's own and cannot be read`)
  }
}

function timeOf(time: number | string): number {
  const milliseconds = typeof time === 'number' ? time : Date.parse(time)
  if (Number.isSafeInteger(milliseconds)) return milliseconds
  throw new OperatorError(`${JSON.stringify(time)} is no time`, {
    hint: "give milliseconds since 1970, or ISO text as '2026-01-31T12:00:00Z'",
  })
}
