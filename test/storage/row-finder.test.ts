import { expect, test } from 'vitest'
import { Committer } from '../../src/storage/committer.ts'
import type { Connection } from '../../src/storage/database.ts'
import { recover } from '../../src/storage/recovery.ts'
import { RowFinder } from '../../src/storage/row-finder.ts'
import { idsOpenMax } from '../../src/storage/stretch-table.ts'
import { seededRandom, simulatedEnv } from '../support/simulated-env.ts'
import { batchAt, commit, freshCommitter } from './fixtures.ts'

interface Row {
  readonly id: number
  readonly base: number
  readonly last: number
  readonly position: number
  readonly bytes: number
}

const rowsOf = (database: Connection, partitionId: number): Row[] =>
  database
    .prepare(`
      SELECT id, base_offset AS base, last_offset AS last, position, length(data) AS bytes
      FROM batch WHERE partition_id = ? ORDER BY id
    `)
    .all(partitionId) as Row[]

const partitions = 6

/** A log of partitions of very different speed, with restarts, gaps in the offsets, jumps in the ids, and trimming. */
function grownLog(seed: number): { database: Connection; logStarts: number[]; ends: number[] } {
  const random = seededRandom(seed)
  const { database, committer: first } = freshCommitter(partitions)
  let committer = first
  const ends = Array<number>(partitions + 1).fill(0)
  const logStarts = Array<number>(partitions + 1).fill(0)
  for (let step = 0; step < 700; step++) {
    commit(committer, () => {
      for (let partitionId = 1; partitionId <= partitions; partitionId++) {
        // The first partition gets a batch every time, the last one about 20 in all.
        if (random.below(2 ** (partitionId - 1)) !== 0) continue
        const records = 1 + random.below(3)
        const baseOffset = ends[partitionId]! + (random.below(20) === 0 ? 5 : 0)
        committer.append(batchAt(baseOffset, { partitionId, records, valueBytes: random.below(2000) }))
        ends[partitionId] = baseOffset + records
      }
      if (random.below(100) === 0) {
        const partitionId = 1 + random.below(partitions)
        const offset = logStarts[partitionId]! + random.below(ends[partitionId]! - logStarts[partitionId]! + 1)
        logStarts[partitionId] = offset
        committer.apply({ kind: 'advanceLogStart', partitionId, offset })
      }
    })
    // As if tens of thousands of rows had gone to other partitions.
    if (random.below(40) === 0) committer = restarted(database, random.below(2) * random.below(2 * idsOpenMax))
  }
  return { database, logStarts, ends }
}

function restarted(database: Connection, idJump: number): Committer {
  const newest = Number(database.prepare('SELECT max(id) FROM batch').pluck().get() ?? 0)
  const { trims } = recover(database, simulatedEnv()).start
  return new Committer(database, { lastBatchId: newest + idJump, trims })
}

test.each([1, 2, 3, 4, 5])('every row is found, in order, from any offset (seed %i)', seed => {
  const { database, ends } = grownLog(seed)
  const finder = new RowFinder(database)
  for (let partitionId = 1; partitionId <= partitions; partitionId++) {
    const rows = rowsOf(database, partitionId)
    for (let offset = 0; offset <= ends[partitionId]! + 1; offset += 1 + Math.floor(ends[partitionId]! / 97)) {
      const holding = rows.find(row => row.base <= offset && row.last >= offset)
      expect(finder.startingAt(partitionId, offset)).toBe(holding?.base ?? offset)
      expect(Array.from(finder.from(partitionId, offset), row => row.id)).toEqual(
        rows.filter(row => row.base >= offset).map(row => row.id),
      )
    }
  }
})

test.each([6, 7, 8])('recovery finds the extent of every partition (seed %i)', seed => {
  const { database, logStarts, ends } = grownLog(seed)
  const { state, start } = recover(database, simulatedEnv())
  for (const { partitionId, logStartOffset, logEndOffset, bytes } of state.topics[0]!.partitions) {
    const rows = rowsOf(database, partitionId)
    const kept = rows.filter(row => row.last >= logStartOffset)
    expect(logStartOffset).toBe(logStarts[partitionId])
    expect(logEndOffset).toBe(Math.max(rows.at(-1)?.last ?? -1, ends[partitionId]! - 1, logStartOffset - 1) + 1)
    expect(bytes).toBe(kept.reduce((sum, row) => sum + row.bytes, 0))
    expect(start.trims.some(trim => trim.partitionId === partitionId)).toBe(kept.length < rows.length)
  }
})

test('positions count the bytes of a partition without a break', () => {
  const { database } = grownLog(9)
  for (let partitionId = 1; partitionId <= partitions; partitionId++) {
    const rows = rowsOf(database, partitionId)
    rows.forEach((row, at) => {
      const before = rows[at - 1]
      if (before) expect(row.position).toBe(before.position + before.bytes)
    })
  }
})
