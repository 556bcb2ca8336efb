import type { Env } from '../base/env.ts'
import type { CompressionName } from '../protocol/records/compression.ts'
import type { RecordHeader } from '../protocol/records/record.ts'
import type { TopicMetadata } from './cluster.ts'
import { PartitionQueue } from './partition-queue.ts'
import { nextStickyPartition, type Partitioner } from './partitioner.ts'

export interface TopicWriterOptions {
  readonly env: Env
  readonly idempotent: boolean
  readonly transactional: boolean
  readonly partitioner: Partitioner
  readonly batchBytesMax: number
  /** A batch has begun to fill: it must not wait for ever. */
  readonly filling: () => void
  /** A batch is full. */
  readonly seal: (queue: PartitionQueue) => void
}

/** Lets the partitioner choose. */
export const anyPartition = -1

/** Puts records of one topic into batches, one filling for each partition. Made by `Producer.topic`. */
export class TopicWriter {
  readonly name: string
  readonly topicId: string
  readonly #queues: readonly PartitionQueue[]
  readonly #options: TopicWriterOptions
  #sticky: number

  constructor(topic: TopicMetadata, options: TopicWriterOptions) {
    this.name = topic.name
    this.topicId = topic.topicId
    this.#options = options
    this.#sticky = nextStickyPartition(-1, topic.partitions.length, options.env.random)
    this.#queues = topic.partitions.map(
      ({ partition }) => new PartitionQueue({ ...options, topic: topic.name, partition }),
    )
    this.learnLeaders(topic)
  }

  get partitionCount(): number {
    return this.#queues.length
  }

  /** Adds a record of `timestamp` (milliseconds since 1970) with slices as its key and value; null is no key, no value. */
  append(
    timestamp: number,
    key: Buffer | null,
    keyStart: number,
    keyEnd: number,
    value: Buffer | null,
    valueStart: number,
    valueEnd: number,
    headers: readonly RecordHeader[],
    partition = anyPartition,
  ): void {
    for (;;) {
      const queue = this.#queues[this.#choose(key, keyStart, keyEnd, partition)]!
      const { builder } = queue
      if (builder.appendSlices(timestamp, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)) {
        if (builder.count === 1) this.#options.filling()
        return
      }
      this.#seal(queue)
    }
  }

  /** Compresses what is appended to a partition from now on with this codec, whatever the producer's is. */
  compressWith(partition: number, compression: CompressionName): void {
    const queue = this.#queues[partition]!
    if (queue.compression === compression) return
    if (queue.builder.count > 0) this.#seal(queue)
    queue.compression = compression
  }

  /** Closes all batches that are being filled. */
  sealAll(): void {
    for (const queue of this.#queues) if (queue.builder.count > 0) this.#seal(queue)
  }

  learnLeaders(topic: TopicMetadata): void {
    for (const { partition, leaderId } of topic.partitions) {
      const queue = this.#queues[partition]
      if (queue) queue.leaderId = leaderId
    }
  }

  /** Gives all partitions the identity of an idempotent producer. */
  assumeIdentity(identity: Parameters<PartitionQueue['assumeIdentity']>[0]): void {
    for (const queue of this.#queues) queue.assumeIdentity(identity)
  }

  #choose(key: Buffer | null, start: number, end: number, partition: number): number {
    if (partition !== anyPartition) return partition
    if (this.#queues.length === 1) return 0
    const { ofKey, withoutKey } = this.#options.partitioner
    const chosen = key === null ? -1 : ofKey(key, { start, end }, this.#queues.length)
    if (chosen >= 0) return chosen
    if (withoutKey === 'turns') this.#sticky = (this.#sticky + 1) % this.#queues.length
    return withoutKey === 'first' ? 0 : this.#sticky
  }

  #seal(queue: PartitionQueue): void {
    // KIP-480: records without a key stay with one partition until its batch is full, then move on.
    if (queue.partition === this.#sticky && this.#options.partitioner.withoutKey === 'sticky') {
      this.#sticky = nextStickyPartition(this.#sticky, this.#queues.length, this.#options.env.random)
    }
    this.#options.seal(queue)
  }
}
