import { assert } from '../../base/errors.ts'
import type { DropReason, OperatorContext, Receive, RecordOrigin } from '../operators/operator.ts'
import type { Mark, Marks } from '../state/marks.ts'
import type { ProcessorNode, SinkNode, SourceNode, SubTopology, TopologyNode } from '../topology/topology.ts'
import { Punctuation } from './punctuation.ts'

/** What a task hands to a sink: still values, so that whoever writes them may choose when to encode. */
export interface TaskOutput {
  readonly sink: SinkNode
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly headers: ReadonlyMap<string, Uint8Array>
  /** With sinks of a table's updates. */
  readonly oldValue: unknown
  readonly isLatest: boolean
}

/** What surrounds a task. */
export interface TaskEnvironment {
  readonly partition: number
  /** The store of that name: the task's own, or a global one. */
  store(name: string): unknown
  /** The wall clock, milliseconds since 1970. */
  now(): number
  /** Takes a record that a sink wants written. Called while a record is processed. */
  output(output: TaskOutput): void
  drop?(node: string, reason: DropReason): void
  /** What the operators remember besides their stores. */
  readonly marks: Marks
}

const noHeaders: ReadonlyMap<string, Uint8Array> = new Map()
const nowhere: Receive = () => {}

/**
 * The operators of a sub-topology for one partition, wired: each holds the receivers of the next ones. Processes one record
 * at a time, wholly, and without waiting: what it writes comes out through its environment.
 */
export class Task {
  readonly #environment: TaskEnvironment
  readonly #children: ReadonlyMap<string, readonly TopologyNode[]>
  readonly #receivers = new Map<string, Receive>()
  readonly #byStreamTime = new Punctuation()
  readonly #byWallClock = new Punctuation()
  readonly #origin: RecordOrigin
  readonly #sources: ReadonlyMap<string, SourceNode>
  readonly #streamTime: Mark

  constructor(subTopology: SubTopology, environment: TaskEnvironment) {
    this.#environment = environment
    this.#origin = { topic: '', partition: environment.partition, offset: -1, timestamp: 0, headers: noHeaders }
    this.#streamTime = environment.marks.of(`task-${subTopology.id}.time`, -1)
    const children = new Map<string, TopologyNode[]>()
    for (const node of subTopology.nodes) {
      for (const parent of node.kind === 'source' ? [] : node.parents) {
        children.set(parent, [...(children.get(parent) ?? []), node])
      }
    }
    this.#children = children
    const sources = subTopology.nodes.filter(node => node.kind === 'source')
    this.#sources = new Map(sources.flatMap(source => source.topics.map(topic => [topic, source])))
    for (const source of sources) this.#receivers.set(source.name, this.#forwardOf(source))
  }

  /** The greatest timestamp of the records processed so far, -1 before the first. */
  get streamTime(): number {
    return this.#streamTime.value
  }

  /** When something is called by the wall clock next, milliseconds since 1970; Infinity where nothing is. */
  get nextWallClock(): number {
    return this.#byWallClock.nextDue
  }

  /** What reads a topic of this task. */
  source(topic: string): SourceNode | undefined {
    return this.#sources.get(topic)
  }

  /**
   * Processes one record, decoded. `timestamp` in milliseconds; key and value null where they are missing. For sources of a
   * table's updates the value is a `Change`.
   */
  process(
    topic: string,
    record: {
      key: unknown
      value: unknown
      timestamp: number
      /** The topic's whole name, where it is not the topology's. */
      topic?: string
      partition: number
      offset: number
      headers: ReadonlyMap<string, Uint8Array>
    },
  ): void {
    const source = this.#sources.get(topic)
    assert(source, `no source reads ${topic}`)
    const origin = this.#origin
    const { key, value, timestamp } = record
    origin.topic = record.topic ?? topic
    origin.partition = record.partition
    origin.offset = record.offset
    origin.timestamp = timestamp
    origin.headers = record.headers
    if (timestamp > this.#streamTime.value) this.#streamTime.value = timestamp
    const receive = this.#receivers.get(source.name)!
    if (source.changes) {
      const { newValue, oldValue, isLatest } = value as { newValue: unknown; oldValue: unknown; isLatest: boolean }
      receive(key, newValue, timestamp, oldValue, isLatest)
    } else receive(key, value, timestamp, null, true)
    if (!this.#byStreamTime.isEmpty) this.#byStreamTime.punctuate(this.#streamTime.value)
  }

  /** Calls what is due by the wall clock. Answers whether anything was. */
  punctuate(now: number): boolean {
    return !this.#byWallClock.isEmpty && this.#byWallClock.punctuate(now)
  }

  #receiverOf(node: TopologyNode): Receive {
    const known = this.#receivers.get(node.name)
    if (known) return known
    const receiver = node.kind === 'sink' ? this.#sink(node) : this.#processor(node as ProcessorNode)
    this.#receivers.set(node.name, receiver)
    return receiver
  }

  #sink(sink: SinkNode): Receive {
    const { output } = this.#environment
    const origin = this.#origin
    return (key, value, timestamp, oldValue, isLatest) =>
      output({ sink, key, value, timestamp, headers: origin.headers, oldValue, isLatest })
  }

  #processor(node: ProcessorNode): Receive {
    const { partition, store, now, drop, marks } = this.#environment
    const children = this.#childrenOf(node).filter(child => !(child.kind === 'processor' && child.takesLate))
    const context: OperatorContext = {
      forward: this.#forwardOf(node),
      children: children.map(child => this.#receiverOf(child)),
      late: this.#lateOf(node),
      origin: this.#origin,
      partition,
      now,
      mark: (name, start) => marks.of(name, start),
      drop: reason => drop?.(node.name, reason),
      store: <S>(name: string) => store(name) as S,
      schedule: (everyMs, by, action) => {
        if (by === 'stream-time') this.#byStreamTime.add(everyMs, this.#streamTime.value, action)
        else this.#byWallClock.add(everyMs, now(), action)
      },
    }
    return node.create(context)
  }

  #forwardOf(node: TopologyNode): Receive {
    return together(
      this.#childrenOf(node)
        .filter(child => !(child.kind === 'processor' && child.takesLate))
        .map(child => this.#receiverOf(child)),
    )
  }

  #lateOf(node: TopologyNode): Receive {
    return together(
      this.#childrenOf(node)
        .filter(child => child.kind === 'processor' && child.takesLate)
        .map(child => this.#receiverOf(child)),
    )
  }

  #childrenOf(node: TopologyNode): readonly TopologyNode[] {
    return this.#children.get(node.name) ?? []
  }
}

/** One receiver for several: none costs nothing, one is called directly. */
function together(receivers: readonly Receive[]): Receive {
  const [first, second] = receivers
  if (!first) return nowhere
  if (!second) return first
  if (receivers.length === 2) {
    return (key, value, timestamp, oldValue, isLatest) => {
      first(key, value, timestamp, oldValue, isLatest)
      second(key, value, timestamp, oldValue, isLatest)
    }
  }
  return (key, value, timestamp, oldValue, isLatest) => {
    for (const receive of receivers) receive(key, value, timestamp, oldValue, isLatest)
  }
}
