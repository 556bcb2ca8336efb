import { expect, test } from 'vitest'
import type { Random } from '../../src/base/env.ts'
import { compressionNames } from '../../src/protocol/records/compression.ts'
import type { RowSummary } from '../../src/storage/log-reader.ts'
import { recover } from '../../src/storage/recovery.ts'
import { rowQueries } from '../../src/storage/row-queries.ts'
import { timeLookup } from '../../src/storage/time-lookup.ts'
import { seededRandom, simulatedEnv } from '../support/simulated-env.ts'
import { CompactedLog, type Pair, type StoredRecord } from './compaction-log.ts'

interface Written extends StoredRecord {
  readonly isAborted: boolean
}

const pairs = (random: Random): Pair[] =>
  Array.from({ length: 1 + random.below(6) }, () => {
    const key = `key-${random.below(40)}`
    const size = random.below(20) === 0 ? random.below(400_000) : random.below(30)
    return random.below(4) === 0 ? [key] : [key, `${random.below(1000)}-${'v'.repeat(size)}`]
  })

test.each([1, 2, 3, 4, 5, 6])(
  'whatever is written, the last value of each key survives, in order, at its offset (seed %i)',
  seed => {
    const random = seededRandom(seed)
    const log = new CompactedLog()
    const written: Written[] = []
    let nowMs = 0
    for (let round = 0; round < 12; round++) {
      for (let batch = random.below(60); batch >= 0; batch--) write(log, random, written)
      nowMs += random.below(1000)
      if (random.below(4) === 0)
        log.advanceLogStart(log.logStartOffset + random.below(log.endOffset - log.logStartOffset))
      const endOffset = random.below(3) === 0 ? batchStart(log, random) : log.endOffset
      if (endOffset < log.cleanOffset) continue
      log.compact({ nowMs, deleteRetentionMs: 700, endOffset, keyBytesMax: random.below(4) === 0 ? 800 : 1_000_000 })
      checkRecords(log, written)
      checkSizes(log)
      checkTimes(log, random)
      if (random.below(3) === 0) log.reopen()
    }
  },
)

/** A batch, or a transaction of several. */
function write(log: CompactedLog, random: Random, written: Written[]): void {
  const compression = compressionNames[random.below(compressionNames.length)]!
  const isTransaction = random.below(5) === 0
  const committed = random.below(2) === 0
  const producerId = isTransaction ? random.below(3) : -1
  const options = isTransaction ? { producerId, producerEpoch: 0, transactional: true } : {}
  const firstOffset = log.endOffset
  for (let batch = isTransaction ? random.below(3) : 0; batch >= 0; batch--) {
    const own = pairs(random)
    const timestamp = 1000 + random.below(10_000)
    const baseOffset = log.append(own, { ...options, compression, timestamp })
    own.forEach(([key, value = null], index) => {
      written.push({ offset: baseOffset + index, key, value, timestamp, isAborted: isTransaction && !committed })
    })
  }
  if (isTransaction) log.end(producerId, { committed, firstOffset })
}

/** Some offset at which a batch begins. */
function batchStart(log: CompactedLog, random: Random): number {
  const rows = log.rows()
  return rows[random.below(rows.length)]!.baseOffset
}

function checkRecords(log: CompactedLog, written: readonly Written[]): void {
  const readable = log.records().filter(({ offset }) => offset >= log.logStartOffset)
  const byOffset = new Map(written.map(({ isAborted, ...record }) => [record.offset, record]))
  for (const record of readable) expect(record).toEqual(byOffset.get(record.offset))
  expect(readable.map(({ offset }) => offset)).toEqual(readable.map(({ offset }) => offset).toSorted((a, b) => a - b))
  const offsets = new Set(readable.map(({ offset }) => offset))
  const last = new Map<string | null, Written>()
  for (const record of written) {
    if (record.offset >= log.cleanOffset) expect(offsets.has(record.offset)).toBe(record.offset >= log.logStartOffset)
    else if (!record.isAborted) last.set(record.key, record)
  }
  const clean = readable.filter(({ offset }) => offset < log.cleanOffset)
  expect(new Set(clean.map(({ key }) => key)).size).toBe(clean.length)
  for (const { offset, key, value } of last.values()) {
    expect(clean.filter(other => other.key === key && other.offset !== offset)).toEqual([])
    // The batch at which the table of keys was full is not below the clean offset, but keys of it count.
    const hasLater = written.some(other => other.key === key && !other.isAborted && other.offset >= log.cleanOffset)
    if (value !== null && !hasLater) expect(offsets.has(offset)).toBe(offset >= log.logStartOffset)
  }
}

function checkSizes(log: CompactedLog): void {
  const rows = log.rows()
  const bytes = rows.reduce((sum, { data }) => sum + data.length, 0)
  const partition = recover(log.database, simulatedEnv()).state.topics[0]!.partitions[0]!
  expect(partition).toMatchObject({ logEndOffset: log.endOffset })
  expect(partition.bytes).toBe(bytes)
  const summaries = rowQueries(log.database)({
    kind: 'summaries',
    partitionId: 1,
    fromOffset: 0,
    limit: 10_000,
  }) as RowSummary[]
  let position = summaries[0]!.position
  for (const summary of summaries) {
    expect(summary.position).toBe(position)
    position += summary.bytes
  }
  expect(position - summaries[0]!.position).toBe(bytes)
}

function checkTimes(log: CompactedLog, random: Random): void {
  const rows = log.database
    .prepare('SELECT base_offset AS base, max_timestamp AS timestamp FROM batch ORDER BY base_offset')
    .all() as { base: number; timestamp: number }[]
  const lookup = timeLookup(log.database)
  for (let query = 0; query < 20; query++) {
    const from = rows[random.below(rows.length)]!.base
    const timestamp = random.below(12_000)
    const expected = rows.find(row => row.base >= from && row.timestamp >= timestamp)
    expect(lookup.firstAtOrAbove(1, from, timestamp)?.baseOffset).toBe(expected?.base)
  }
}
