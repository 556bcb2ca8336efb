import { expect, test } from 'vitest'
import { bytesToStore } from '../../src/log/append-checks.ts'
import { logRules } from '../../src/log/log-rules.ts'
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
