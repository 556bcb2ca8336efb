import { expect, test } from 'vitest'
import type { RowSummary } from '../../src/storage/log-reader.ts'
import { rowQueries } from '../../src/storage/row-queries.ts'
import { seededRandom } from '../support/simulated-env.ts'
import { batchAt, commit, freshCommitter } from './fixtures.ts'

function log() {
  const { database, committer } = freshCommitter()
  const answer = rowQueries(database)
  const ask =
    (kind: 'summaries' | 'stretches') =>
    (fromOffset: number, limit = 10_000): RowSummary[] =>
      answer({ kind, partitionId: 1, fromOffset, limit }) as RowSummary[]
  const stored = database.prepare('SELECT last_offset, max_timestamp FROM stretch ORDER BY base_offset').raw()
  return {
    committer,
    stretches: ask('stretches'),
    /** What the stretches should be, from their rows; the highest time is that of the whole stretch. */
    expected(fromOffset: number): Omit<RowSummary, 'position'>[] {
      const rows = ask('summaries')(fromOffset)
      return (stored.all() as [number, number][]).flatMap(([end, maxTimestamp]) => {
        const own = rows.splice(0, rows.findLastIndex(row => row.lastOffset <= end) + 1)
        if (own.length === 0) return []
        const { baseOffset, leaderEpoch } = own[0]!
        const bytes = own.reduce((sum, row) => sum + row.bytes, 0)
        return [{ baseOffset, leaderEpoch, lastOffset: own.at(-1)!.lastOffset, maxTimestamp, bytes }]
      })
    },
  }
}

const withoutPosition = (summaries: RowSummary[]): Omit<RowSummary, 'position'>[] =>
  summaries.map(({ position, ...summary }) => summary)

test.each([1, 2, 3])('the sums are those of the rows, from any offset on (seed %i)', seed => {
  const random = seededRandom(seed)
  const { committer, stretches, expected } = log()
  for (let row = 0; row < 1200; row++) {
    const shape = { records: 2, valueBytes: random.below(500), timestamp: 1000 + random.below(5000) }
    commit(committer, () => committer.append(batchAt(2 * row, shape)))
  }
  expect(stretches(0)).toHaveLength(4)
  const fromOffset = 100 + random.below(900)
  for (const from of [0, 1, 511, 512, 513, fromOffset, 2047, 2048, 2399, 2400]) {
    expect(withoutPosition(stretches(from))).toEqual(expected(from))
  }
  commit(committer, () => committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset: fromOffset }))
  while (committer.trimming) commit(committer, () => {})
  expect(withoutPosition(stretches(0))).toEqual(expected(0))
})

test('bytes that compaction took away do not count', () => {
  const { committer, stretches, expected } = log()
  for (let row = 0; row < 600; row++) commit(committer, () => committer.append(batchAt(row, { valueBytes: 100 })))
  const { data } = batchAt(300, { valueBytes: 50 })
  const ids = Array.from({ length: 256 }, (_, at) => 257 + at)
  const row = { id: 512, baseOffset: 300, lastOffset: 300, maxTimestamp: 1300, leaderEpoch: 0, data }
  commit(committer, () =>
    committer.apply({ kind: 'replaceRows', partitionId: 1, ids, rows: [row], forgottenAborts: [] }),
  )
  expect(stretches(0).map(({ bytes }) => bytes)[1]).toBe(data.length)
  expect(withoutPosition(stretches(0))).toEqual(expected(0))
})

test('so many as were asked for, and none where there are only newest rows', () => {
  const { committer, stretches } = log()
  expect(stretches(0)).toEqual([])
  for (let row = 0; row < 600; row++) commit(committer, () => committer.append(batchAt(row)))
  expect(stretches(0, 1).map(({ lastOffset }) => lastOffset)).toEqual([255])
  expect(stretches(512)).toEqual([])
})
