import { expect, test } from 'vitest'
import {
  loadAborted,
  loadPendingOffsets,
  loadTransactions,
  transactionTables,
} from '../../src/storage/transaction-tables.ts'
import { freshDatabase } from './fixtures.ts'

test('a transactional id is replaced by its newer version, and deleted', () => {
  const database = freshDatabase()
  const tables = transactionTables(database)
  tables.save({ transactionalId: 'a', body: 'old' })
  tables.save({ transactionalId: 'a', body: 'new' })
  tables.save({ transactionalId: 'b', body: 'other' })
  tables.delete('b')
  expect(loadTransactions(database)).toEqual([{ transactionalId: 'a', body: 'new' }])
})

test('pending offsets are kept by producer until its transaction ends', () => {
  const database = freshDatabase()
  const tables = transactionTables(database)
  const offset = { topic: 't', partition: 0, offset: 5, leaderEpoch: -1, metadata: '', commitMs: 7, expireMs: -1 }
  tables.savePendingOffsets({ producerId: 1, groupId: 'g', offsets: [{ ...offset, offset: 4 }, offset] })
  tables.savePendingOffsets({ producerId: 2, groupId: 'g', offsets: [offset] })
  tables.deletePendingOffsets(2)
  expect(loadPendingOffsets(database)).toEqual([{ producerId: 1, groupId: 'g', ...offset }])
})

test('aborted transactions are listed by partition in the order of their ends, until the log start passes them', () => {
  const database = freshDatabase()
  const tables = transactionTables(database)
  const aborted = (producerId: number, firstOffset: number, lastOffset: number) => ({
    producerId,
    firstOffset,
    lastOffset,
  })
  for (const transaction of [aborted(1, 0, 9), aborted(2, 5, 7), aborted(3, 10, 20)]) {
    tables.addAborted({ partitionId: 1, transaction })
  }
  tables.addAborted({ partitionId: 2, transaction: aborted(4, 0, 3) })
  tables.deleteAborted(1, 9)
  expect([...loadAborted(database)]).toEqual([
    [1, [aborted(1, 0, 9), aborted(3, 10, 20)]],
    [2, [aborted(4, 0, 3)]],
  ])
})
