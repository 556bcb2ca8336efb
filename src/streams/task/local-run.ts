import type { Marks } from '../state/marks.ts'
import type { StateTable } from '../state/state-table.ts'
import type { SinkNode, StoreDefinition, SubTopology, TopologyPlan } from '../topology/topology.ts'
import { type DecodedRecord, decodeRecord } from './decoding.ts'
import { RecordQueues, type TaskRecord } from './record-queues.ts'
import { Task, type TaskOutput } from './task.ts'

/** A record that the topology wrote. */
export interface WrittenRecord {
  readonly sink: SinkNode
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers: ReadonlyMap<string, Uint8Array>
}

export interface LocalRunOptions {
  /** The application's name: the whole names of its internal topics begin with it. */
  readonly name: string
  readonly plan: TopologyPlan
  now(): number
  /** The marks of all tasks, as they were committed last. */
  readonly marks: Marks
  /** The state of a store, as it was committed last. */
  table(store: StoreDefinition): StateTable
  /** Takes what goes to topics of the outside. */
  written(record: WrittenRecord): void
  /** Takes what a source refuses; throws to stop. */
  invalid(error: unknown, record: { topic: string; record: TaskRecord; deadLetter: boolean }): void
}

interface Reader {
  readonly queue: number
  readonly topic: string
  readonly task: Task
}

/**
 * A whole topology in this process, each sub-topology as one task of one partition, without a broker: records that it writes
 * to topics that it reads come back to it. What is due next is chosen over all of them by timestamp, as Kafka's own test
 * driver does.
 */
export class LocalRun {
  readonly #options: LocalRunOptions
  readonly #tables = new Map<string, { readonly definition: StoreDefinition; readonly table: StateTable }>()
  readonly #stores = new Map<string, unknown>()
  readonly #queues = new RecordQueues<DecodedRecord>()
  readonly #readers: Reader[] = []
  readonly #byTopic = new Map<string, Reader[]>()
  readonly #globals: Reader[] = []
  readonly #offsets = new Map<string, number>()

  constructor(options: LocalRunOptions) {
    this.#options = options
    const { subTopologies } = options.plan
    for (const global of [true, false]) {
      for (const part of subTopologies.filter(other => other.global === global)) this.#start(part)
    }
  }

  /** The highest timestamp that any task has seen. */
  get streamTime(): number {
    return Math.max(-1, ...this.#readers.map(({ task }) => task.streamTime))
  }

  store(name: string): unknown {
    return this.#stores.get(name)
  }

  tables(): Iterable<{ readonly definition: StoreDefinition; readonly table: StateTable }> {
    return this.#tables.values()
  }

  reads(topic: string): boolean {
    return this.#byTopic.has(topic) || this.#globals.some(reader => reader.topic === topic)
  }

  /** Processes one record, and all that follows from it. */
  pipe(topic: string, record: Omit<TaskRecord, 'offset'>): void {
    this.#enqueue(topic, record)
    this.#processAll()
  }

  /** Calls what is due by the wall clock, and processes what follows from it. */
  punctuate(now: number): void {
    for (const task of new Set(this.#readers.map(reader => reader.task))) {
      task.punctuate(now)
      this.#processAll()
    }
  }

  #start(part: SubTopology): void {
    for (const definition of part.stores) {
      const table = this.#options.table(definition)
      this.#tables.set(definition.name, { definition, table })
      this.#stores.set(definition.name, definition.create(table))
    }
    const task = new Task(part, {
      partition: 0,
      store: name => this.#stores.get(name),
      marks: this.#options.marks,
      now: () => this.#options.now(),
      output: output => this.#write(output),
    })
    for (const topic of part.sourceTopics) {
      const reader = { queue: part.global ? -1 : this.#queues.addSource(topic), topic, task }
      if (part.global) this.#globals.push(reader)
      else {
        this.#readers[reader.queue] = reader
        this.#byTopic.set(topic, [...(this.#byTopic.get(topic) ?? []), reader])
      }
    }
  }

  #write({ sink, key, value, timestamp, headers, oldValue, isLatest }: TaskOutput): void {
    const content = sink.changes ? { newValue: value, oldValue, isLatest } : value
    const record: WrittenRecord = {
      sink,
      key: key === null ? null : sink.key.encode(key),
      value: content === null ? null : sink.value.encode(content),
      timestamp,
      headers,
    }
    if (!this.#options.plan.internalTopics.has(sink.topic)) this.#options.written(record)
    if (this.reads(sink.topic)) this.#enqueue(sink.topic, record)
  }

  #enqueue(topic: string, given: Omit<TaskRecord, 'offset'>): void {
    const offset = this.#offsets.get(topic) ?? 0
    this.#offsets.set(topic, offset + 1)
    const record = { ...given, offset }
    for (const { task } of this.#globals.filter(reader => reader.topic === topic)) {
      const decoded = this.#decoded(task, topic, record)
      if (decoded) task.process(topic, decoded)
    }
    for (const { queue, task } of this.#byTopic.get(topic) ?? []) {
      const decoded = this.#decoded(task, topic, record)
      if (decoded) this.#queues.add(queue, decoded)
    }
  }

  #decoded(task: Task, topic: string, record: TaskRecord): DecodedRecord | undefined {
    const source = task.source(topic)!
    try {
      const { name, plan } = this.#options
      const whole = plan.internalTopics.has(topic) ? `${name}-${topic}` : topic
      return decodeRecord(source, { topic: whole, partition: 0 }, record)
    } catch (error) {
      if (source.onInvalid === 'fail') throw error
      this.#options.invalid(error, { topic, record, deadLetter: typeof source.onInvalid === 'object' })
      return undefined
    }
  }

  #processAll(): void {
    for (let due = this.#queues.due(); due >= 0; due = this.#queues.due()) {
      const { task, topic } = this.#readers[due]!
      task.process(topic, this.#queues.take(due))
    }
  }
}
