import type { Env } from '../../base/env.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import type { RecordHeader } from '../../protocol/records/record.ts'
import { bufferOf } from '../codecs/bytes.ts'
import type { DropReason } from '../operators/operator.ts'
import { Marks } from '../state/marks.ts'
import { Task, type TaskOutput } from '../task/task.ts'
import type { SourceNode, SubTopology } from '../topology/topology.ts'
import type { TaskNote } from './offset-metadata.ts'
import type { InvalidHandler } from './partition-input.ts'
import { PartitionInput } from './partition-input.ts'
import { taskId } from './task-id.ts'
import type { TaskState } from './task-state.ts'

/** A place in a topic, and what the topology calls the topic. */
export interface SourcePlace {
  readonly topic: string
  readonly topicId: string
  readonly plainTopic: string
  readonly partition: number
  /** The next offset to process. */
  readonly offset: number
}

/** The offset up to which an input was processed. */
export interface InputPlace {
  readonly topic: string
  readonly plainTopic: string
  readonly partition: number
  readonly position: number
}

export interface StreamTaskOptions {
  readonly env: Env
  readonly subTopology: SubTopology
  readonly partition: number
  readonly state: TaskState
  /** What it reads, in the order in which it is chosen among equal timestamps. */
  readonly sources: readonly SourcePlace[]
  /** What it goes on from. */
  readonly note: TaskNote
  /** Where a topic of the topology, or a changelog (by its whole name), is written to. */
  writer(topic: string): TopicWriter
  /** The store of a global table. */
  globalStore(name: string): unknown
  invalid(source: SourceNode, ...args: Parameters<InvalidHandler>): void
  dropped?(node: string, reason: DropReason): void
}

/** Why a record could not be processed: where it lies. */
export interface FailedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

const noHeaders: readonly RecordHeader[] = []

/** A task that processes: operators over state, fed from the partitions of its topics in the order of their timestamps. */
export class StreamTask {
  readonly id: string
  readonly partition: number
  readonly subTopology: SubTopology
  readonly state: TaskState
  readonly inputs: readonly PartitionInput[]
  /** Records processed so far. */
  processed = 0
  /** Something happened since the last commit. */
  isDirty = false
  readonly #options: StreamTaskOptions
  readonly #task: Task
  readonly #marks: Marks
  readonly #writers = new Map<string, TopicWriter>()
  #handedOver: readonly InputPlace[]

  /** The stores of `state` must be restored. */
  constructor(options: StreamTaskOptions) {
    const { subTopology, partition, state, env } = options
    this.#options = options
    this.id = taskId(subTopology.id, partition)
    this.partition = partition
    this.subTopology = subTopology
    this.state = state
    state.createStores()
    this.#marks = new Marks(options.note.marks)
    this.#task = new Task(subTopology, {
      partition,
      store: name => state.stores.get(name)?.store ?? options.globalStore(name),
      marks: this.#marks,
      now: () => env.clock.now(),
      output: output => this.#write(output),
      ...(options.dropped && { drop: options.dropped }),
    })
    this.inputs = options.sources.map(place => {
      const source = this.#task.source(place.plainTopic)!
      return new PartitionInput(source, place, (error, record) => {
        this.isDirty = true
        options.invalid(source, error, record)
      })
    })
    this.#handedOver = this.#places
    for (const node of subTopology.nodes) {
      if (node.kind === 'sink') this.#writers.set(node.topic, options.writer(node.topic))
    }
  }

  get streamTime(): number {
    return this.#task.streamTime
  }

  /** What is to be committed with its offsets, as of now. */
  get note(): TaskNote {
    return { marks: this.#marks.snapshot(), stores: this.#options.note.stores }
  }

  /** The offsets to commit are not those that were committed: also where only markers of transactions were passed. */
  get hasMoved(): boolean {
    return this.inputs.some(({ position }, at) => position !== this.#handedOver[at]!.position)
  }

  /** What is there now has been handed to a transaction: it is committed, or all of the task is given up. */
  handedOver(): void {
    this.isDirty = false
    this.#handedOver = this.#places
  }

  /** How far its inputs were processed when it was handed over last. */
  get handedOverTo(): readonly InputPlace[] {
    return this.#handedOver
  }

  get #places(): readonly InputPlace[] {
    return this.inputs.map(({ topic, plainTopic, partition, position }) => ({ topic, plainTopic, partition, position }))
  }

  /** Something was fetched that is not processed. */
  get hasInput(): boolean {
    return this.inputs.some(({ bufferedBytes }) => bufferedBytes > 0)
  }

  /**
   * The input whose record is due: that with the lowest timestamp. Undefined where there is none, and while an input without
   * records may still get some that the broker has (KIP-695): order among partitions is then not known.
   */
  due(): PartitionInput | undefined {
    const { inputs } = this
    let best: PartitionInput | undefined
    let bestTime = Number.POSITIVE_INFINITY
    for (let index = 0; index < inputs.length; index++) {
      const input = inputs[index]!
      const head = input.peek()
      if (head === undefined) {
        if (!input.isCaughtUp) return undefined
      } else if (head.timestamp < bestTime) {
        best = input
        bestTime = head.timestamp
      }
    }
    return best
  }

  /** Processes the record that is due, wholly. What the script throws comes through. */
  process(input: PartitionInput): void {
    const record = input.peek()!
    this.isDirty = true
    this.#task.process(input.plainTopic, record)
    input.take()
    this.processed++
  }

  /** Leaves the record that is due out: somebody else has taken care of it. */
  skip(input: PartitionInput): void {
    this.isDirty = true
    input.take()
  }

  /** Calls what is due by the wall clock. */
  punctuate(now: number): void {
    if (this.#task.punctuate(now)) this.isDirty = true
  }

  /** When something is called by the wall clock next, milliseconds since 1970; Infinity where nothing is. */
  get nextWallClock(): number {
    return this.#task.nextWallClock
  }

  /** Hands what changed in its stores to the changelogs. */
  writeChanges(): void {
    const { partition, streamTime } = this
    this.state.drain((changelog, key, value, timestamp) => {
      const bytes = value === null ? null : bufferOf(value)
      const writer = this.#changelog(changelog)
      // A deletion has no time of its own: it happens when the task is.
      const time = timestamp ?? Math.max(0, streamTime)
      writer.append(time, key, 0, key.length, bytes, 0, bytes?.length ?? 0, noHeaders, partition)
    })
  }

  #changelog(topic: string): TopicWriter {
    const known = this.#writers.get(topic)
    if (known) return known
    const writer = this.#options.writer(topic)
    this.#writers.set(topic, writer)
    return writer
  }

  #write({ sink, key, value, timestamp, headers, oldValue, isLatest }: TaskOutput): void {
    const content = sink.changes ? { newValue: value, oldValue, isLatest } : value
    const keyBytes = key === null ? null : bufferOf(sink.key.encode(key))
    const valueBytes = content === null ? null : bufferOf(sink.value.encode(content))
    const writer = this.#writers.get(sink.topic)!
    writer.append(
      timestamp,
      keyBytes,
      0,
      keyBytes?.length ?? 0,
      valueBytes,
      0,
      valueBytes?.length ?? 0,
      headers.size === 0 ? noHeaders : [...headers].map(([name, bytes]) => ({ key: name, value: bufferOf(bytes) })),
      sink.partitionOf?.(value) ?? -1,
    )
  }
}
