import { ErrorCode } from '../protocol/errors.ts'
import type { RecoveredOffset, RecoveredPendingOffset } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { ClassicGroup, Moment } from './classic-state.ts'
import {
  acceptOffsets,
  type CommitOffsetsRequest,
  type TopicResults,
  type TransactionalCommitRequest,
} from './commit-request.ts'
import { expiredOffsets } from './offset-expiry.ts'
import { type CommittedOffset, type OffsetEntry, OffsetTable, type TopicPartition } from './offset-table.ts'
import { isSubscribed } from './subscription.ts'
import { TransactionalOffsets } from './transactional-offsets.ts'

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
  readonly #transactional: TransactionalOffsets

  constructor(writes: WriteQueue) {
    this.#writes = writes
    this.#transactional = new TransactionalOffsets(writes, this.#table)
  }

  restore(recovered: readonly RecoveredOffset[], pending: readonly RecoveredPendingOffset[]): void {
    for (const { groupId, topic, partition, ...offset } of recovered) {
      this.#table.put({ groupId, topic, partition }, offset).durable = offset
    }
    this.#transactional.restore(pending)
  }

  /** Of groups that have offsets, or will have some when a transaction is committed. */
  groupIds(): Iterable<string> {
    return new Set([...this.#table.groupIds(), ...this.#transactional.groupIds()])
  }

  hasGroup(groupId: string): boolean {
    return this.#table.hasGroup(groupId) || this.#transactional.hasGroup(groupId)
  }

  /** Resolves when what could be accepted is durable. */
  commit(request: CommitOffsetsRequest, moment: Moment): Promise<TopicResults[]> {
    const { groupId, retentionTimeMs } = request
    const expireMs = retentionTimeMs === -1 ? -1 : moment.dateMs + retentionTimeMs
    const accepted: Accepted[] = []
    const results = acceptOffsets(request.topics, moment, expireMs, (place, offset) =>
      accepted.push({ place, offset, entry: this.#table.put({ groupId, ...place }, offset) }),
    )
    return this.#save(groupId, accepted).then(() => results)
  }

  /** Resolves when what could be accepted is durable. It is committed when the transaction is. */
  commitTransactional(request: TransactionalCommitRequest, moment: Moment): Promise<TopicResults[]> {
    return this.#transactional.commit(request, moment)
  }

  /** Commits or drops what waits for the end of a producer's transaction. Within `WriteQueue.together`. */
  endTransaction(end: { readonly producerId: number; readonly committed: boolean }): void {
    this.#transactional.end(end)
  }

  #save(groupId: string, accepted: readonly Accepted[]): Promise<void> {
    if (accepted.length === 0) return Promise.resolve()
    const offsets = accepted.map(({ place, offset }) => ({ ...place, ...offset }))
    return new Promise(resolve => {
      const durable = (): void => {
        for (const { entry, offset } of accepted) entry.durable = offset
        resolve()
      }
      this.#writes.together(() => {
        this.#transactional.supersede(groupId, accepted)
        this.#writes.apply({ kind: 'saveOffsets', groupId, offsets }, durable)
      })
    })
  }

  /** `requireStable` refuses partitions whose offset an open transaction may still change (KIP-447). */
  fetch(groupId: string, topics: readonly TopicPartitions[], requireStable: boolean): FetchedTopic[] {
    return topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map(partition => this.#fetchOne(groupId, name, partition, requireStable)),
    }))
  }

  /** As `fetch`, for all that is committed. */
  fetchAll(groupId: string, requireStable: boolean): FetchedTopic[] {
    const topics = Array.from(this.#table.topicsOf(groupId), ([name, partitions]) => ({
      name,
      partitions: [...partitions]
        .filter(([, { durable }]) => durable !== null)
        .map(([partition]) => this.#fetchOne(groupId, name, partition, requireStable)),
    }))
    return topics.filter(topic => topic.partitions.length > 0)
  }

  #fetchOne(groupId: string, topic: string, partition: number, requireStable: boolean): FetchedOffset {
    if (requireStable && this.#transactional.isUndecided(groupId, { topic, partition })) {
      return fetchedOffset(partition, null, ErrorCode.unstableOffsetCommit)
    }
    return fetchedOffset(partition, this.#table.get({ groupId, topic, partition }), ErrorCode.none)
  }

  /** Removes offsets, but not those of topics that the group reads. Resolves when that is durable. */
  async delete(group: ClassicGroup, topics: readonly TopicPartitions[]): Promise<TopicResults[]> {
    const removed: TopicPartition[] = []
    const results = topics.map(({ name, partitionIndexes }) => {
      const errorCode = isSubscribed(group, name) ? ErrorCode.groupSubscribedToTopic : ErrorCode.none
      if (errorCode === ErrorCode.none) removed.push(...partitionIndexes.map(partition => ({ topic: name, partition })))
      return { name, partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, errorCode })) }
    })
    this.#transactional.forget(group.groupId, removed)
    await this.#remove(group.groupId, removed)
    return results
  }

  /** Offsets that an open transaction may still renew do not expire before it is over. */
  expire(group: ClassicGroup, { dateMs, settings }: Moment): void {
    const { groupId } = group
    const time = { dateMs, retentionMs: settings.offsetsRetentionMs }
    const expired = expiredOffsets(group, this.#table.topicsOf(groupId), time)
    this.#remove(
      groupId,
      expired.filter(place => !this.#transactional.isUndecided(groupId, place)),
    )
  }

  forgetTopic(topic: string): void {
    this.#transactional.forgetTopic(topic)
    for (const groupId of [...this.#table.groupIds()]) {
      const partitions = this.#table.topicsOf(groupId).get(topic)
      if (partitions)
        this.#remove(
          groupId,
          Array.from(partitions.keys(), partition => ({ topic, partition })),
        )
    }
  }

  /** Drops a group's offsets; storage drops those that are committed with the group. */
  forgetGroup(groupId: string): void {
    this.#transactional.forget(groupId)
    this.#table.removeGroup(groupId)
  }

  #remove(groupId: string, places: readonly TopicPartition[]): Promise<void> {
    const partitions = places.filter(place => this.#table.has({ groupId, ...place }))
    if (partitions.length === 0) return Promise.resolve()
    this.#table.remove(groupId, partitions)
    return new Promise(resolve => this.#writes.apply({ kind: 'deleteOffsets', groupId, partitions }, resolve))
  }
}

function fetchedOffset(partitionIndex: number, committed: CommittedOffset | null, errorCode: number): FetchedOffset {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode,
  }
}
