import type { RecoveredPendingOffset } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { Moment } from './classic-state.ts'
import { acceptOffsets, type TopicResults, type TransactionalCommitRequest } from './commit-request.ts'
import type { CommittedOffset, OffsetTable, TopicPartition } from './offset-table.ts'
import { type PendingOffset, PendingOffsets } from './pending-offsets.ts'

interface CommittedPlace {
  readonly place: TopicPartition
  readonly offset: CommittedOffset
}

/**
 * Offsets that are committed by a transaction, in memory and on disk.
 *
 * The latest commit wins, as in Kafka, and not the transaction that ends last: an offset that is committed takes the
 * place of those that began to wait before it, so that their transactions commit what is committed already.
 */
export class TransactionalOffsets {
  readonly #writes: WriteQueue
  readonly #table: OffsetTable
  readonly #pending = new PendingOffsets()

  constructor(writes: WriteQueue, table: OffsetTable) {
    this.#writes = writes
    this.#table = table
  }

  restore(recovered: readonly RecoveredPendingOffset[]): void {
    const oldestFirst = [...recovered].sort((a, b) => a.commitMs - b.commitMs)
    for (const { producerId, groupId, topic, partition, ...offset } of oldestFirst) {
      this.#pending.put(producerId, { groupId, topic, partition }, offset)
    }
  }

  groupIds(): Iterable<string> {
    return this.#pending.groupIds()
  }

  hasGroup(groupId: string): boolean {
    return this.#pending.hasGroup(groupId)
  }

  /** Whether a transaction that is not over may still commit another offset of the partition. */
  isUndecided(groupId: string, place: TopicPartition): boolean {
    return this.#pending.has({ groupId, ...place })
  }

  /** Resolves when what could be accepted is durable: it waits for `end`. */
  async commit(request: TransactionalCommitRequest, moment: Moment): Promise<TopicResults[]> {
    const { groupId, producerId } = request
    const offsets: (TopicPartition & CommittedOffset)[] = []
    const results = acceptOffsets(request.topics, moment, -1, (place, offset) => {
      this.#pending.put(producerId, { groupId, ...place }, offset)
      offsets.push({ ...place, ...offset })
    })
    if (offsets.length > 0) {
      await new Promise<void>(resolve =>
        this.#writes.apply({ kind: 'savePendingOffsets', producerId, groupId, offsets }, resolve),
      )
    }
    return results
  }

  /** Commits or drops what waits for the end of the transaction. Within `WriteQueue.together`. */
  end({ producerId, committed }: { readonly producerId: number; readonly committed: boolean }): void {
    const ended = this.#pending.end(producerId)
    if (ended.length === 0) return
    if (committed) {
      for (const [groupId, offsets] of Map.groupBy(ended, pending => pending.groupId)) this.#save(groupId, offsets)
      this.#replace(
        ended.flatMap(pending => this.#pending.older(pending, pending).map(older => ({ older, by: pending.offset }))),
      )
    }
    // Until this is durable a crash could still undo it: who asks for stable offsets has to wait.
    this.#writes.apply({ kind: 'deletePendingOffsets', producerId }, () => this.#pending.remove(ended))
  }

  #save(groupId: string, pending: readonly PendingOffset[]): void {
    const accepted = pending.map(({ topic, partition, offset }) => {
      const entry = this.#table.put({ groupId, topic, partition }, offset)
      return { entry, offset, stored: { topic, partition, ...offset } }
    })
    this.#writes.apply({ kind: 'saveOffsets', groupId, offsets: accepted.map(({ stored }) => stored) }, () => {
      for (const { entry, offset } of accepted) entry.durable = offset
    })
  }

  /** Offsets are being committed outside of any transaction. Within `WriteQueue.together` with them. */
  supersede(groupId: string, committed: readonly CommittedPlace[]): void {
    this.#replace(
      committed.flatMap(({ place, offset }) =>
        this.#pending.older({ groupId, ...place }).map(older => ({ older, by: offset })),
      ),
    )
  }

  #replace(replaced: readonly { readonly older: PendingOffset; readonly by: CommittedOffset }[]): void {
    for (const { older, by } of replaced) {
      older.offset = by
      this.#savePending(older.producerId, older.groupId, [older])
    }
  }

  #savePending(producerId: number, groupId: string, pending: readonly PendingOffset[]): void {
    const offsets = pending.map(({ topic, partition, offset }) => ({ topic, partition, ...offset }))
    this.#writes.apply({ kind: 'savePendingOffsets', producerId, groupId, offsets })
  }

  /** Drops what waits for some partitions of a group, or (undefined) for the whole group. */
  forget(groupId: string, partitions?: readonly TopicPartition[]): void {
    this.#drop(this.#pending.ofGroup(groupId, partitions))
  }

  forgetTopic(topic: string): void {
    this.#drop(this.#pending.ofTopic(topic))
  }

  /** What is ending is on its way to the disk already, before whatever the caller writes. */
  #drop(pending: readonly PendingOffset[]): void {
    const dropped = pending.filter(({ isEnding }) => !isEnding)
    this.#pending.remove(dropped)
    for (const producerId of new Set(dropped.map(({ producerId }) => producerId))) {
      this.#writes.together(() => this.#rewrite(producerId))
    }
  }

  #rewrite(producerId: number): void {
    this.#writes.apply({ kind: 'deletePendingOffsets', producerId })
    const left = Map.groupBy(this.#pending.of(producerId), ({ groupId }) => groupId)
    for (const [groupId, offsets] of left) this.#savePending(producerId, groupId, offsets)
  }
}
