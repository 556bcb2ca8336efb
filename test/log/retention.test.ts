import { expect, test } from 'vitest'
import { decideRetention, type RetentionState } from '../../src/log/retention.ts'

// Five rows of ten records and 100 bytes each, their newest records at times 0, 1000, ... 4000; now is 10000.
const rows = [0, 1, 2, 3, 4].map(at => ({
  baseOffset: at * 10,
  lastOffset: at * 10 + 9,
  maxTimestamp: at * 1000,
  leaderEpoch: 0,
  position: at * 100,
  bytes: 100,
}))
const keepAll: RetentionState = {
  retentionMs: -1,
  retentionBytes: -1,
  nowMs: 10_000,
  sizeBytes: 500,
  highWatermark: 50,
}

const cases: [what: string, state: Partial<RetentionState>, logStartOffset: number | undefined][] = [
  ['-1 keeps everything for ever', {}, undefined],
  ['a row goes when its newest record is older than retention.ms', { retentionMs: 7999 }, 30],
  ['a row whose newest record is exactly retention.ms old stays', { retentionMs: 8000 }, 20],
  ['retention.ms=0 removes all', { retentionMs: 0 }, 50],
  ['a row goes while the log has retention.bytes without it', { retentionBytes: 300 }, 20],
  ['a log never falls below retention.bytes', { retentionBytes: 301 }, 10],
  ['retention.bytes=0 removes all', { retentionBytes: 0 }, 50],
  ['either limit is enough', { retentionBytes: 400, retentionMs: 7999 }, 30],
  ['what is not readable yet stays', { retentionMs: 0, highWatermark: 25 }, 20],
  ['a row whose last record is not readable yet stays', { retentionMs: 0, highWatermark: 29 }, 20],
  ['a row that is just readable may go', { retentionMs: 0, highWatermark: 30 }, 30],
]

for (const [what, state, logStartOffset] of cases) {
  test(what, () => {
    expect(decideRetention(rows, { ...keepAll, ...state }).logStartOffset).toBe(logStartOffset)
  })
}

test('a row from the future keeps what comes after it, as with Kafka', () => {
  const late = rows.map((row, at) => (at === 1 ? { ...row, maxTimestamp: 99_000 } : row))
  expect(decideRetention(late, { ...keepAll, retentionMs: 0 }).logStartOffset).toBe(10)
})

test('the rest of a decision carries over to the next rows', () => {
  const state = { ...keepAll, retentionBytes: 150 }
  const first = decideRetention(rows.slice(0, 2), state)
  expect(first).toEqual({ rows: 2, logStartOffset: 20, sizeBytes: 300 })
  expect(decideRetention(rows.slice(2), { ...state, sizeBytes: first.sizeBytes }).logStartOffset).toBe(30)
})
