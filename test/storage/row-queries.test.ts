import { expect, test } from 'vitest'
import type { RowSummary, StoredRow } from '../../src/storage/log-reader.ts'
import { readBytesMax, rowQueries } from '../../src/storage/row-queries.ts'
import { batchAt, commit, freshCommitter } from './fixtures.ts'

/** Rows 0-1, 2-3, 6-7 of partition 1: offsets 4 and 5 are missing, as after compaction. */
function threeRows() {
  const { database, committer } = freshCommitter(2)
  for (const offset of [0, 2, 6]) commit(committer, () => committer.append(batchAt(offset, { records: 2 })))
  const answer = rowQueries(database)
  const read = (offset: number, maxBytes = 1_000_000): StoredRow[] =>
    answer({ kind: 'rows', partitionId: 1, offset, maxBytes }) as StoredRow[]
  return {
    answer,
    read,
    bases: (offset: number, maxBytes?: number) => read(offset, maxBytes).map(row => row.baseOffset),
  }
}

test('a read begins with the row that holds the offset, or else with the next one', () => {
  const { bases } = threeRows()
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map(offset => bases(offset))).toEqual([
    [0, 2, 6],
    [0, 2, 6],
    [2, 6],
    [2, 6],
    [6],
    [6],
    [6],
    [6],
    [],
  ])
})

test('a row is whole and verbatim', () => {
  const { read } = threeRows()
  expect(read(2)[0]).toEqual({ baseOffset: 2, lastOffset: 3, data: batchAt(2, { records: 2 }).data })
})

test('a read ends before it exceeds its bytes, but has one row at least', () => {
  const { bases } = threeRows()
  const rowBytes = batchAt(0, { records: 2 }).data.length
  expect(bases(0, 1)).toEqual([0])
  expect(bases(0, 2 * rowBytes)).toEqual([0, 2])
  expect(bases(0, 2 * rowBytes - 1)).toEqual([0])
})

test('no read is longer than the limit', () => {
  const { database, committer } = freshCommitter()
  const valueBytes = 900_000
  for (let offset = 0; offset < 12; offset++) commit(committer, () => committer.append(batchAt(offset, { valueBytes })))
  const rows = rowQueries(database)({ kind: 'rows', partitionId: 1, offset: 0, maxBytes: 1e9 })
  expect(rows).toHaveLength(Math.floor(readBytesMax / (valueBytes + 100)))
})

test('summaries tell all but the batches', () => {
  const { answer } = threeRows()
  const bytes = batchAt(0, { records: 2 }).data.length
  const summaries = (fromOffset: number, limit: number): RowSummary[] =>
    answer({ kind: 'summaries', partitionId: 1, fromOffset, limit }) as RowSummary[]
  expect(summaries(0, 2)).toEqual([
    { baseOffset: 0, lastOffset: 1, maxTimestamp: 1000, leaderEpoch: 0, position: 0, bytes },
    { baseOffset: 2, lastOffset: 3, maxTimestamp: 1002, leaderEpoch: 0, position: bytes, bytes },
  ])
  expect(summaries(3, 9).map(row => row.baseOffset)).toEqual([2, 6])
})

test('rows are found by time, from an offset on', () => {
  const { answer } = threeRows()
  const at = (timestamp: number, fromOffset = 0): number | undefined =>
    answer({ kind: 'rowAtTimestamp', partitionId: 1, timestamp, fromOffset })[0]?.baseOffset
  expect([at(0), at(1000), at(1001), at(1006), at(1007), at(0, 3)]).toEqual([0, 0, 2, 6, undefined, 2])
  expect(answer({ kind: 'maxTimestampRow', partitionId: 1, fromOffset: 0 })[0]?.baseOffset).toBe(6)
  expect(answer({ kind: 'maxTimestampRow', partitionId: 2, fromOffset: 0 })).toEqual([])
})
