import { expect, test } from 'vitest'
import type { Connection } from '../../src/storage/database.ts'
import { loadSnapshots, nodeTables } from '../../src/storage/node-tables.ts'
import { loadDeletedPartitions, topicTables } from '../../src/storage/topic-tables.ts'
import { everything, Trimmer } from '../../src/storage/trimming.ts'
import { batchAt, commit, freshCommitter } from './fixtures.ts'

const unlimited = { rows: 1000, bytes: 1_000_000_000 }

const offsets = (database: Connection, partitionId = 1): unknown[] =>
  database.prepare('SELECT base_offset FROM batch WHERE partition_id = ? ORDER BY base_offset').pluck().all(partitionId)

/** Ten rows of two records each in partitions 1 and 2. */
const tenRows = (): Connection => rowsInTurn(10)

function rowsInTurn(count: number): Connection {
  const { database, committer } = freshCommitter(2)
  for (let offset = 0; offset < 2 * count; offset += 2) {
    commit(committer, () => {
      committer.append(batchAt(offset, { records: 2 }))
      committer.append(batchAt(offset, { records: 2, partitionId: 2 }))
    })
  }
  return database
}

test('only rows that lie wholly below the offset go', () => {
  const database = tenRows()
  const trimmer = new Trimmer(database, [{ partitionId: 1, beforeOffset: 5 }])
  trimmer.step(unlimited)
  expect(offsets(database)).toEqual([4, 6, 8, 10, 12, 14, 16, 18])
  expect(offsets(database, 2)).toHaveLength(10)
  expect(trimmer.pending).toBe(false)
})

test('a step ends with its budget of rows or bytes, and the next one goes on', () => {
  const database = tenRows()
  const trimmer = new Trimmer(database, [])
  trimmer.request({ partitionId: 1, beforeOffset: 20 })
  trimmer.step({ rows: 3, bytes: 1_000_000 })
  expect(offsets(database)[0]).toBe(6)
  trimmer.step({ rows: 100, bytes: 1 })
  expect(offsets(database)[0]).toBe(8)
  expect(trimmer.pending).toBe(true)
  trimmer.step(unlimited)
  expect(offsets(database)).toEqual([])
  expect(trimmer.pending).toBe(false)
})

test('several partitions share a budget', () => {
  const database = tenRows()
  const trimmer = new Trimmer(database, [
    { partitionId: 1, beforeOffset: 20 },
    { partitionId: 2, beforeOffset: 20 },
  ])
  let steps = 0
  for (; trimmer.pending && steps < 100; steps++) trimmer.step({ rows: 6, bytes: 1_000_000 })
  expect([offsets(database), offsets(database, 2)]).toEqual([[], []])
  expect(steps).toBeLessThan(6)
})

test('a request never lowers an earlier one', () => {
  const database = tenRows()
  const trimmer = new Trimmer(database, [{ partitionId: 1, beforeOffset: 10 }])
  trimmer.request({ partitionId: 1, beforeOffset: 4 })
  trimmer.step(unlimited)
  expect(offsets(database)[0]).toBe(10)
})

test('of a deleted partition nothing is left in the end', () => {
  const database = tenRows()
  nodeTables(database).saveProducers(
    { kind: 'saveProducers', partitions: [{ partitionId: 1, uptoOffset: 4, producers: [] }] },
    0,
  )
  topicTables(database).delete({ kind: 'deleteTopic', topicId: 'topic' })
  const trimmer = new Trimmer(database, [{ partitionId: 1, beforeOffset: everything }])
  trimmer.step({ rows: 10, bytes: 1_000_000 })
  expect(offsets(database)).toEqual([])
  while (trimmer.pending) trimmer.step(unlimited)
  expect(loadDeletedPartitions(database)).toEqual([2])
  expect(loadSnapshots(database).size).toBe(0)
})

test('neighbours go together, whosever they are', () => {
  const database = rowsInTurn(50)
  const trimmer = new Trimmer(database, [
    { partitionId: 1, beforeOffset: 100 },
    { partitionId: 2, beforeOffset: 100 },
  ])
  trimmer.step({ rows: 64, bytes: 1_000_000 })
  expect(database.prepare('SELECT min(id) FROM batch').pluck().get()).toBe(65)
  expect([offsets(database), offsets(database, 2)].map(rows => rows.length)).toEqual([18, 18])
})

test('a row that stays between others that go, and rows behind a gap, end nothing', () => {
  const database = rowsInTurn(400)
  database.prepare('DELETE FROM batch WHERE id BETWEEN 301 AND 600').run()
  const trimmer = new Trimmer(database, [
    { partitionId: 1, beforeOffset: 800 },
    { partitionId: 2, beforeOffset: 100 },
  ])
  while (trimmer.pending) trimmer.step({ rows: 100, bytes: 1_000_000 })
  expect(offsets(database)).toEqual([])
  expect(offsets(database, 2)[0]).toBe(100)
  trimmer.request({ partitionId: 2, beforeOffset: 800 })
  while (trimmer.pending) trimmer.step({ rows: 100, bytes: 1_000_000 })
  expect(offsets(database, 2)).toEqual([])
})

test('rows that others have removed meanwhile do no harm', () => {
  const database = tenRows()
  const trimmer = new Trimmer(database, [{ partitionId: 1, beforeOffset: 10 }])
  trimmer.step({ rows: 1, bytes: 1_000_000 })
  database.prepare('DELETE FROM batch WHERE partition_id = 1 AND base_offset IN (2, 4)').run()
  trimmer.step(unlimited)
  expect(offsets(database)).toEqual([10, 12, 14, 16, 18])
})
