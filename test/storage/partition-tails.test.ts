import { expect, test } from 'vitest'
import type { Connection } from '../../src/storage/database.ts'
import { PartitionTails } from '../../src/storage/partition-tails.ts'
import { idsOpenMax, stretchBytes, stretchRows, stretchTable } from '../../src/storage/stretch-table.ts'
import { topicTables } from '../../src/storage/topic-tables.ts'
import { freshDatabase, topicOf } from './fixtures.ts'

function databaseWithPartitions(count: number): Connection {
  const database = freshDatabase()
  topicTables(database).create(topicOf(count))
  return database
}

const row = (id: number, bytes = 100) => ({
  id,
  baseOffset: id * 10,
  lastOffset: id * 10 + 9,
  maxTimestamp: -id,
  bytes,
})

test('a stretch is stored when it has its rows', () => {
  const database = databaseWithPartitions(1)
  const tails = new PartitionTails(database)
  for (let id = 1; id < stretchRows; id++) tails.add(1, row(id))
  expect(stretchTable(database).newest(1)).toBeUndefined()
  tails.add(1, row(stretchRows))
  expect(stretchTable(database).newest(1)).toEqual({
    baseOffset: 10,
    lastOffset: stretchRows * 10 + 9,
    maxTimestamp: -1,
    firstId: 1,
    lastId: stretchRows,
    endPosition: stretchRows * 100,
    removedBytes: 0,
  })
  tails.add(1, row(stretchRows + 1))
  expect(tails.position(1)).toBe((stretchRows + 1) * 100)
})

test('a stretch is stored when it has its bytes', () => {
  const database = databaseWithPartitions(1)
  const tails = new PartitionTails(database)
  tails.add(1, row(1, stretchBytes - 1))
  expect(stretchTable(database).newest(1)).toBeUndefined()
  tails.add(1, row(2, 1))
  expect(stretchTable(database).newest(1)).toMatchObject({ firstId: 1, lastId: 2 })
})

test('a stretch is stored when the newest row is far ahead, and not one that began later', () => {
  const database = databaseWithPartitions(3)
  const tails = new PartitionTails(database)
  const stored = (): (number | undefined)[] => [1, 2, 3].map(id => stretchTable(database).newest(id)?.lastId)
  tails.add(1, row(1))
  tails.add(2, row(2))
  tails.add(1, row(3))
  tails.closeStale(idsOpenMax)
  expect(stored()).toEqual([undefined, undefined, undefined])
  tails.closeStale(idsOpenMax + 1)
  expect(stored()).toEqual([3, undefined, undefined])
  // The first partition begins a new stretch, behind that of the second one.
  tails.add(1, row(idsOpenMax + 2))
  tails.closeStale(idsOpenMax + 2)
  expect(stored()).toEqual([3, 2, undefined])
})

test('a partition that does not exist has no position', () => {
  const tails = new PartitionTails(databaseWithPartitions(1))
  expect(tails.position(2)).toBeUndefined()
  tails.add(2, row(1))
  expect(tails.position(1)).toBe(0)
})
