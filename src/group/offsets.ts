import { ErrorCode } from '../protocol/errors.ts'
import type { RecoveredOffset } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { CommitRequest } from './classic-group.ts'
import type { ClassicGroup, Moment } from './classic-state.ts'
import { expiredOffsets } from './offset-expiry.ts'
import { type CommittedOffset, type OffsetEntry, OffsetTable, type TopicPartition } from './offset-table.ts'
import { isSubscribed } from './subscription.ts'

export interface CommitOffsetsRequest extends CommitRequest {
  readonly groupId: string
  /** How long the broker is to keep the offsets (v2-v4), -1 for its own rule. */
  readonly retentionTimeMs: number
  /** Topics and partitions that exist. */
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly committedOffset: number
      readonly committedLeaderEpoch: number
      /** When the client says that it committed (v1), -1 for now. */
      readonly commitTimestamp: number
      readonly committedMetadata: string | null
    }[]
  }[]
}

export interface TopicResults {
  readonly name: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

export interface TopicPartitions {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

export interface FetchedTopic {
  readonly name: string
  readonly partitions: readonly FetchedOffset[]
}

export interface FetchedOffset {
  readonly partitionIndex: number
  /** -1 where nothing is committed. */
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string
  readonly errorCode: number
}

/** A commit on its way to the disk. */
interface Accepted {
  readonly place: TopicPartition
  readonly offset: CommittedOffset
  readonly entry: OffsetEntry
}

/** The committed offsets in memory and on disk. Whether a group may do something is for the coordinator to say. */
export class Offsets {
  readonly #table = new OffsetTable()
  readonly #writes: WriteQueue

  constructor(writes: WriteQueue) {
    this.#writes = writes
  }

  restore(recovered: readonly RecoveredOffset[]): void {
    for (const { groupId, topic, partition, ...offset } of recovered) {
      this.#table.put({ groupId, topic, partition }, offset).durable = offset
    }
  }

  groupIds(): Iterable<string> {
    return this.#table.groupIds()
  }

  hasGroup(groupId: string): boolean {
    return this.#table.hasGroup(groupId)
  }

  /** Resolves when what could be accepted is durable. */
  commit(request: CommitOffsetsRequest, { dateMs, settings }: Moment): Promise<TopicResults[]> {
    const { groupId, retentionTimeMs } = request
    const expireMs = retentionTimeMs === -1 ? -1 : dateMs + retentionTimeMs
    const accepted: Accepted[] = []
    const results = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(partition => {
        const { partitionIndex, committedOffset, committedLeaderEpoch, commitTimestamp } = partition
        const metadata = partition.committedMetadata ?? ''
        if (metadata.length > settings.offsetMetadataMax) {
          return { partitionIndex, errorCode: ErrorCode.offsetMetadataTooLarge }
        }
        const commitMs = commitTimestamp === -1 ? dateMs : commitTimestamp
        const offset = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata, commitMs, expireMs }
        const place = { topic: name, partition: partitionIndex }
        accepted.push({ place, offset, entry: this.#table.put({ groupId, ...place }, offset) })
        return { partitionIndex, errorCode: ErrorCode.none }
      }),
    }))
    return this.#save(groupId, accepted).then(() => results)
  }

  #save(groupId: string, accepted: readonly Accepted[]): Promise<void> {
    if (accepted.length === 0) return Promise.resolve()
    const offsets = accepted.map(({ place, offset }) => ({ ...place, ...offset }))
    return new Promise(resolve => {
      this.#writes.apply({ kind: 'saveOffsets', groupId, offsets }, () => {
        for (const { entry, offset } of accepted) entry.durable = offset
        resolve()
      })
    })
  }

  fetch(groupId: string, topics: readonly TopicPartitions[]): FetchedTopic[] {
    return topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map(partition =>
        fetchedOffset(partition, this.#table.get({ groupId, topic: name, partition })),
      ),
    }))
  }

  fetchAll(groupId: string): FetchedTopic[] {
    const topics = Array.from(this.#table.topicsOf(groupId), ([name, partitions]) => ({
      name,
      partitions: [...partitions]
        .filter(([, { durable }]) => durable !== null)
        .map(([partition, { durable }]) => fetchedOffset(partition, durable)),
    }))
    return topics.filter(topic => topic.partitions.length > 0)
  }

  /** Removes offsets, but not those of topics that the group reads. Resolves when that is durable. */
  async delete(group: ClassicGroup, topics: readonly TopicPartitions[]): Promise<TopicResults[]> {
    const removed: TopicPartition[] = []
    const results = topics.map(({ name, partitionIndexes }) => {
      const errorCode = isSubscribed(group, name) ? ErrorCode.groupSubscribedToTopic : ErrorCode.none
      if (errorCode === ErrorCode.none) removed.push(...partitionIndexes.map(partition => ({ topic: name, partition })))
      return { name, partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, errorCode })) }
    })
    await this.#remove(group.groupId, removed)
    return results
  }

  expire(group: ClassicGroup, { dateMs, settings }: Moment): void {
    const time = { dateMs, retentionMs: settings.offsetsRetentionMs }
    this.#remove(group.groupId, expiredOffsets(group, this.#table.topicsOf(group.groupId), time))
  }

  forgetTopic(topic: string): void {
    for (const groupId of [...this.#table.groupIds()]) {
      const partitions = this.#table.topicsOf(groupId).get(topic)
      if (partitions)
        this.#remove(
          groupId,
          Array.from(partitions.keys(), partition => ({ topic, partition })),
        )
    }
  }

  /** Drops a group's offsets from memory; storage drops them with the group. */
  forgetGroup(groupId: string): void {
    this.#table.removeGroup(groupId)
  }

  #remove(groupId: string, places: readonly TopicPartition[]): Promise<void> {
    const partitions = places.filter(place => this.#table.has({ groupId, ...place }))
    if (partitions.length === 0) return Promise.resolve()
    this.#table.remove(groupId, partitions)
    return new Promise(resolve => this.#writes.apply({ kind: 'deleteOffsets', groupId, partitions }, resolve))
  }
}

function fetchedOffset(partitionIndex: number, committed: CommittedOffset | null): FetchedOffset {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode: ErrorCode.none,
  }
}
