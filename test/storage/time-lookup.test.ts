import { expect, test } from 'vitest'
import { Committer } from '../../src/storage/committer.ts'
import type { Connection } from '../../src/storage/database.ts'
import { timeLookup } from '../../src/storage/time-lookup.ts'
import { seededRandom } from '../support/simulated-env.ts'
import { batchAt, commit, freshCommitter } from './fixtures.ts'

interface Row {
  readonly base: number
  readonly timestamp: number
}

const storedRows = (database: Connection): Row[] =>
  database
    .prepare('SELECT base_offset AS base, max_timestamp AS timestamp FROM batch ORDER BY base_offset')
    .all() as Row[]

const stretches = (database: Connection): number =>
  database.prepare('SELECT count(*) FROM stretch').pluck().get() as number

test.each([1, 2, 3, 4])('lookups agree with a scan of all rows (seed %i)', seed => {
  const random = seededRandom(seed)
  const { database, committer: first } = freshCommitter()
  let committer = first
  // Times that rise with outliers, as of producers with broken clocks.
  for (let offset = 0; offset < 1500; offset++) {
    const outlier = random.below(100) === 0 ? random.below(100_000) - 50_000 : 0
    const timestamp = offset * 10 + random.below(200) + outlier
    commit(committer, () => committer.append(batchAt(offset, { timestamp, valueBytes: random.below(3000) })))
    // A restart in between must not lose what is in the open stretch.
    if (random.below(300) === 0) committer = new Committer(database, { lastBatchId: 0, trims: [] })
  }
  expect(stretches(database)).toBeGreaterThan(4)
  compare(database, random)
  commit(committer, () => committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset: 100 + random.below(900) }))
  while (committer.trimming) commit(committer, () => {})
  compare(database, random)
})

function compare(database: Connection, random: ReturnType<typeof seededRandom>): void {
  const rows = storedRows(database)
  const lookup = timeLookup(database)
  for (let query = 0; query < 300; query++) {
    const from = rows[random.below(rows.length)]!.base
    const timestamp = random.below(70_000) - 50_000 + random.below(20_000)
    const candidates = rows.filter(row => row.base >= from)
    expect(lookup.firstAtOrAbove(1, from, timestamp)?.baseOffset).toBe(
      candidates.find(row => row.timestamp >= timestamp)?.base,
    )
    const highest = Math.max(...candidates.map(row => row.timestamp))
    expect(lookup.firstAtMaximum(1, from)?.baseOffset).toBe(candidates.find(row => row.timestamp === highest)?.base)
  }
}

test('a partition without rows has no row at any time', () => {
  const { database } = freshCommitter()
  const lookup = timeLookup(database)
  expect(lookup.firstAtOrAbove(1, 0, 0)).toBeUndefined()
  expect(lookup.firstAtMaximum(1, 0)).toBeUndefined()
})

test('stretches go with their rows', () => {
  const { database, committer } = freshCommitter()
  for (let offset = 0; offset < 600; offset++) commit(committer, () => committer.append(batchAt(offset)))
  expect(stretches(database)).toBe(2)
  commit(committer, () => committer.apply({ kind: 'advanceLogStart', partitionId: 1, offset: 300 }))
  while (committer.trimming) commit(committer, () => {})
  expect(stretches(database)).toBe(1)
})
