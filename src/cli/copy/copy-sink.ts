import type { Cluster } from '../../client/cluster.ts'
import type { RequestError } from '../../client/failures.ts'
import { commitForGroup, type OffsetToCommit } from '../../client/group-admin.ts'
import { Producer } from '../../client/producer.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import { stableOffsets } from '../../client/transaction-offsets.ts'
import { TransactionalProducer } from '../../client/transactional-producer.ts'

/** How far a copy has come, by destination topic and partition: the offset of the next source record. */
export type CopyPositions = ReadonlyMap<string, ReadonlyMap<number, number>>

/** The destination of a copy. Positions are kept there, as offsets of a group that is named after the copy. */
export interface CopySink {
  readonly isFull: boolean
  room(): Promise<void>
  topic(name: string): Promise<TopicWriter>
  /** Where an earlier run of this copy has stopped. */
  open(): Promise<CopyPositions>
  /** Makes everything that was written, and how far it goes, durable; nothing of it if it fails. */
  checkpoint(positions: readonly OffsetToCommit[]): Promise<void>
  /** Gives up what is not in a checkpoint, as far as that is possible. */
  abandon(): Promise<void>
  close(): void
}

/**
 * Records and positions in the same transactions: each record is there once, whenever the copy is killed. The copy's name is
 * its transactional id as well, so that of two that run at a time the older one is fenced.
 */
export function exactlyOnceSink(target: Cluster, copyId: string): CopySink {
  const producer = new TransactionalProducer(target, { transactionalId: copyId })
  let isBegun = false
  return {
    get isFull() {
      return producer.isFull
    },
    room: () => producer.room(),
    topic: name => producer.topic(name),
    open: async () => {
      // First: what a killed predecessor has left open is aborted by it.
      await producer.begin()
      isBegun = true
      return stableOffsets(target, copyId)
    },
    checkpoint: async positions => {
      if (producer.failure) throw producer.failure
      await producer.sendOffsets(positions, { group: copyId })
      await producer.commit()
      isBegun = false
      await producer.begin()
      isBegun = true
    },
    abandon: async () => {
      if (isBegun) await producer.abort()
    },
    close: () => producer.close(),
  }
}

/** For destinations without transactions: after an interruption the records since the last checkpoint come twice. */
export function atLeastOnceSink(target: Cluster, copyId: string): CopySink {
  let failure: RequestError | undefined
  const producer = new Producer(target, {
    onFailure: ({ error }) => {
      failure ??= error
    },
  })
  return {
    get isFull() {
      return producer.isFull
    },
    room: () => producer.room(),
    topic: name => producer.topic(name),
    open: () => stableOffsets(target, copyId),
    checkpoint: async positions => {
      await producer.flush()
      if (failure) throw failure
      if (positions.length > 0) await commitForGroup(target, copyId, positions)
    },
    abandon: () => producer.flush(),
    close: () => producer.close(),
  }
}
