import { expect, test } from 'vitest'
import { bytesToStore, checkAgainstRules } from '../../src/log/append-checks.ts'
import { logRules } from '../../src/log/log-rules.ts'
import { namedRecordsMax, RejectedRecords } from '../../src/log/rejected-records.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { batchAttributes, readBatchHeader } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { checkBatch } from '../../src/protocol/records/check.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { batchOf, settingsOf } from './log-fixture.ts'

const nowMs = 1_700_000_000_000
const rulesOf = (overrides: Record<string, string>) => logRules(settingsOf(new Map(Object.entries(overrides))))

function sample(compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'): Buffer {
  const builder = new BatchBuilder()
  builder.append(nowMs, Buffer.from('key'), Buffer.from('value'.repeat(50)), [{ key: 'h', value: Buffer.from('1') }])
  builder.append(nowMs + 5, null, null, [{ key: 'h', value: null }])
  return builder.build({ compression, producerId: 4, producerEpoch: 2, baseSequence: 17, transactional: true })
}

test('packing anew keeps the records and whose they are', () => {
  for (const to of ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']) {
    for (const from of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const batch = sample(from)
      const stored = bytesToStore(batch, rulesOf({ 'compression.type': to }), nowMs)
      checkBatch(stored)
      expect([...recordsIn(stored)], `${from} to ${to}`).toEqual([...recordsIn(batch)])
      const { batchLength: _b, crc: _c, attributes: _a, ...identity } = readBatchHeader(stored)
      expect(identity).toMatchObject({ producerId: 4, producerEpoch: 2, baseSequence: 17, recordCount: 2 })
      expect(batchAttributes(stored) & 7).toBe(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'].indexOf(to))
      expect(batchAttributes(stored) & 0x10).toBe(0x10)
    }
  }
})

test('a batch that is compressed as the topic wants is stored as it came', () => {
  const batch = sample('lz4')
  expect(bytesToStore(batch, rulesOf({ 'compression.type': 'lz4' }), nowMs)).toBe(batch)
  expect(bytesToStore(batch, rulesOf({}), nowMs)).toBe(batch)
})

test('LogAppendTime holds for batches that are packed anew too', () => {
  const rules = rulesOf({ 'compression.type': 'gzip', 'message.timestamp.type': 'LogAppendTime' })
  const stored = bytesToStore(sample('none'), rules, nowMs + 99)
  expect(Array.from(recordsIn(stored), ({ timestamp }) => timestamp)).toEqual([nowMs + 99, nowMs + 99])
})

test('a batch that becomes larger than max.message.bytes when it is unpacked is refused', () => {
  const batch = batchOf(1, { valueBytes: 10_000, compression: 'gzip' })
  const rules = rulesOf({ 'compression.type': 'uncompressed', 'max.message.bytes': '1000' })
  expect(batch.length).toBeLessThan(1000)
  expect(() => bytesToStore(batch, rules, nowMs)).toThrow(expect.objectContaining({ code: ErrorCode.messageTooLarge }))
})

test('records that cannot be unpacked are invalid records, not a broken frame', () => {
  const batch = sample('gzip').fill(0xff, 61)
  const rules = rulesOf({ 'compression.type': 'zstd' })
  expect(() => bytesToStore(batch, rules, nowMs)).toThrow(expect.objectContaining({ code: ErrorCode.invalidRecord }))
})

function rejection(batch: Buffer, overrides: Record<string, string>): RejectedRecords {
  try {
    checkAgainstRules(batch, rulesOf(overrides), nowMs)
  } catch (error) {
    if (error instanceof RejectedRecords) return error
  }
  throw new Error('the batch was not refused for its records')
}

test('records without key are named by their place in the batch', () => {
  for (const compression of ['none', 'zstd'] as const) {
    const builder = new BatchBuilder()
    for (const key of ['a', null, 'b', null]) builder.append(nowMs, key === null ? null : Buffer.from(key), null)
    const { code, records } = rejection(builder.build({ compression }), { 'cleanup.policy': 'compact' })
    expect(code).toBe(ErrorCode.invalidRecord)
    expect(records.map(({ batchIndex }) => batchIndex)).toEqual([1, 3])
  }
})

test('records whose time is out of range are named, with the time', () => {
  const builder = new BatchBuilder()
  for (const timestamp of [nowMs, nowMs + 501, nowMs - 5]) builder.append(timestamp, null, null)
  const { code, records } = rejection(builder.build(), { 'message.timestamp.after.max.ms': '500' })
  expect(code).toBe(ErrorCode.invalidTimestamp)
  expect(records).toEqual([{ batchIndex: 1, batchIndexErrorMessage: expect.stringContaining(`${nowMs + 501}`) }])
})

test('only so many records are named, all are counted', () => {
  const builder = new BatchBuilder()
  for (let count = 0; count < namedRecordsMax + 5; count++) builder.append(nowMs, null, null)
  const { message, records } = rejection(builder.build(), { 'cleanup.policy': 'compact' })
  expect(records).toHaveLength(namedRecordsMax)
  expect(message).toContain(`${namedRecordsMax + 5}`)
})
