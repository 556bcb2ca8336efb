import { expect, test } from 'vitest'
import { BatchWriter, rowBytesMax } from '../../src/storage/batch-table.ts'
import type { Connection } from '../../src/storage/database.ts'
import { topicTables } from '../../src/storage/topic-tables.ts'
import { batchAt, freshDatabase, topicOf } from './fixtures.ts'

function databaseWithPartitions(count: number): Connection {
  const database = freshDatabase()
  topicTables(database).create(topicOf(count))
  return database
}

const rows = (database: Connection): unknown[] =>
  database
    .prepare('SELECT id, partition_id, base_offset, last_offset, max_timestamp, leader_epoch, position FROM batch')
    .raw()
    .all()

const data = (database: Connection): Buffer[] =>
  database.prepare('SELECT data FROM batch ORDER BY id').pluck().all() as Buffer[]

test('the batches of a partition between two writes become one row, verbatim', () => {
  const database = databaseWithPartitions(2)
  const writer = new BatchWriter(database, 0)
  const first = batchAt(0, { records: 3, timestamp: 50, leaderEpoch: 6 })
  const second = batchAt(3, { records: 2, timestamp: 40, leaderEpoch: 6 })
  const other = batchAt(0, { partitionId: 2, timestamp: 60 })
  for (const batch of [first, other, second]) writer.add(batch)
  expect(rows(database)).toEqual([])
  writer.writeRows()
  expect(rows(database)).toEqual([
    [1, 1, 0, 4, 50, 6, 0],
    [2, 2, 0, 0, 60, 0, 0],
  ])
  expect(data(database)).toEqual([Buffer.concat([first.data, second.data]), other.data])
  expect(writer.lastId).toBe(2)
})

test('a row ends before it grows beyond its limit; one large batch still makes one row', () => {
  const database = databaseWithPartitions(1)
  const writer = new BatchWriter(database, 0)
  const third = Math.floor(rowBytesMax / 3)
  const sizes = [third, third, third, rowBytesMax * 2, third]
  sizes.forEach((valueBytes, offset) => void writer.add(batchAt(offset, { valueBytes })))
  writer.writeRows()
  expect(data(database).map(row => Math.floor(row.length / third))).toEqual([2, 1, 6, 1])
})

test('a row knows the bytes before it, also after a restart', () => {
  const database = databaseWithPartitions(1)
  const bytes = batchAt(0).data.length
  for (const offset of [0, 1, 2]) {
    const writer = new BatchWriter(database, 0)
    writer.add(batchAt(offset))
    writer.writeRows()
  }
  const positions = database.prepare('SELECT position FROM batch ORDER BY base_offset').pluck().all()
  expect(positions).toEqual([0, bytes, 2 * bytes])
})

test('an id is not used again after its row is gone', () => {
  const database = databaseWithPartitions(1)
  const writer = new BatchWriter(database, 41)
  writer.add(batchAt(0))
  writer.writeRows()
  expect(writer.lastId).toBe(42)
})

test('batches for a partition that does not exist are dropped', () => {
  const database = databaseWithPartitions(1)
  const writer = new BatchWriter(database, 0)
  writer.add(batchAt(0))
  writer.writeRows()
  topicTables(database).delete({ kind: 'deleteTopic', topicId: 'topic' })
  writer.forget(1)
  writer.add(batchAt(1))
  writer.writeRows()
  expect(rows(database)).toHaveLength(1)
})

test('what was written is counted once', () => {
  const writer = new BatchWriter(databaseWithPartitions(1), 0)
  writer.add(batchAt(0))
  writer.writeRows()
  expect(writer.takeWritten()).toEqual({ rows: 1, bytes: batchAt(0).data.length })
  expect(writer.takeWritten()).toEqual({ rows: 0, bytes: 0 })
})
