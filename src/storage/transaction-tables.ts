import type { AddAbortedTransaction, SavePendingOffsets, StoredTransaction } from './change.ts'
import type { Connection } from './database.ts'
import type { AbortedTransaction, RecoveredPendingOffset } from './recovered-state.ts'

/** Transactions as their coordinator wrote them, offsets that wait for their end, and what was aborted in a log. */
export function transactionTables(database: Connection) {
  const save = database.prepare(`
    INSERT INTO transactional_producer (transactional_id, body) VALUES (?, ?)
    ON CONFLICT (transactional_id) DO UPDATE SET body = excluded.body
  `)
  const remove = database.prepare('DELETE FROM transactional_producer WHERE transactional_id = ?')
  const savePending = database.prepare(`
    INSERT OR REPLACE INTO pending_offset
      (producer_id, group_id, topic, partition_index, committed_offset, leader_epoch, metadata, commit_ms, expire_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  `)
  const deletePending = database.prepare('DELETE FROM pending_offset WHERE producer_id = ?')
  const addAborted = database.prepare(`
    INSERT OR REPLACE INTO aborted_transaction (partition_id, last_offset, producer_id, first_offset)
    VALUES (?, ?, ?, ?)
  `)
  const deleteAborted = database.prepare('DELETE FROM aborted_transaction WHERE partition_id = ? AND last_offset < ?')
  const forgetAborted = database.prepare('DELETE FROM aborted_transaction WHERE partition_id = ? AND last_offset = ?')
  return {
    save({ transactionalId, body }: StoredTransaction): void {
      save.run(transactionalId, body)
    },
    delete(transactionalId: string): void {
      remove.run(transactionalId)
    },
    savePendingOffsets({ producerId, groupId, offsets }: Omit<SavePendingOffsets, 'kind'>): void {
      for (const { topic, partition, offset, leaderEpoch, metadata, commitMs, expireMs } of offsets) {
        savePending.run(producerId, groupId, topic, partition, offset, leaderEpoch, metadata, commitMs, expireMs)
      }
    },
    deletePendingOffsets(producerId: number): void {
      deletePending.run(producerId)
    },
    addAborted({ partitionId, transaction }: Omit<AddAbortedTransaction, 'kind'>): void {
      addAborted.run(partitionId, transaction.lastOffset, transaction.producerId, transaction.firstOffset)
    },
    /** Forgets the one that ended at `lastOffset`: compaction has removed its records. */
    forgetAborted(partitionId: number, lastOffset: number): void {
      forgetAborted.run(partitionId, lastOffset)
    },
    /** Forgets those that ended below `offset`. */
    deleteAborted(partitionId: number, offset: number): void {
      deleteAborted.run(partitionId, offset)
    },
  }
}

export function loadTransactions(database: Connection): StoredTransaction[] {
  const select = database.prepare('SELECT transactional_id AS transactionalId, body FROM transactional_producer')
  return select.all() as StoredTransaction[]
}

export function loadPendingOffsets(database: Connection): RecoveredPendingOffset[] {
  const select = database.prepare(`
    SELECT producer_id AS producerId, group_id AS groupId, topic, partition_index AS partition,
           committed_offset AS "offset", leader_epoch AS leaderEpoch, metadata, commit_ms AS commitMs,
           expire_ms AS expireMs
    FROM pending_offset
  `)
  return select.all() as RecoveredPendingOffset[]
}

/** By partition, in the order of their ends. */
export function loadAborted(database: Connection): Map<number, AbortedTransaction[]> {
  const select = database.prepare(`
    SELECT partition_id AS partitionId, producer_id AS producerId, first_offset AS firstOffset, last_offset AS lastOffset
    FROM aborted_transaction ORDER BY partition_id, last_offset
  `)
  const byPartition = new Map<number, AbortedTransaction[]>()
  for (const { partitionId, ...transaction } of select.iterate() as Iterable<
    AbortedTransaction & { partitionId: number }
  >) {
    const transactions = byPartition.get(partitionId)
    if (transactions) transactions.push(transaction)
    else byPartition.set(partitionId, [transaction])
  }
  return byPartition
}
