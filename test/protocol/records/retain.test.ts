import { expect, test } from 'vitest'
import {
  AttributeBit,
  assignAppendTime,
  assignOffset,
  batchAttributes,
  batchLastOffset,
  readBatchHeader,
} from '../../../src/protocol/records/batch.ts'
import { BatchBuilder, type BatchOptions } from '../../../src/protocol/records/build.ts'
import { checkBatch } from '../../../src/protocol/records/check.ts'
import { compressionNames } from '../../../src/protocol/records/compression.ts'
import { crc32c } from '../../../src/protocol/records/crc32c.ts'
import { recordsIn } from '../../../src/protocol/records/record.ts'
import { deleteHorizonOf, emptiedBatch, retainedBatch, selectRecords } from '../../../src/protocol/records/retain.ts'

/** Records 100 to 109; every third has no value, the fifth the highest time. */
function tenRecords(options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder()
  for (let record = 0; record < 10; record++) {
    const headers = record % 2 === 0 ? [{ key: 'h', value: Buffer.from('header') }] : []
    const value = record % 3 === 0 ? null : Buffer.from(`value-${record}`)
    builder.append(record === 5 ? 9000 : 1000 + record, Buffer.from(`key-${record}`), value, headers)
  }
  return builder.build({
    baseOffset: 100,
    leaderEpoch: 7,
    producerId: 5,
    producerEpoch: 1,
    baseSequence: 40,
    ...options,
  })
}

const records = (batch: Buffer) =>
  Array.from(recordsIn(batch), ({ offset, timestamp, key, value, headers }) => ({
    offset,
    timestamp,
    key: String(key),
    value: value && String(value),
    headers: headers.length,
  }))

const hasValidCrc = (batch: Buffer): boolean => readBatchHeader(batch).crc === crc32c(batch, 21, batch.length)

test.each(compressionNames)('records that stay are what they were (%s)', compression => {
  const batch = tenRecords({ compression })
  const selected = selectRecords(batch, ({ offset }) => offset === 101 || offset === 102 || offset === 105)
  expect(selected).toMatchObject({ count: 3, isLess: true, hasTombstones: false, maxTimestamp: 9000 })
  const result = retainedBatch(batch, selected)
  expect(records(result)).toEqual(records(batch).filter(({ offset }) => [101, 102, 105].includes(offset)))
  expect(hasValidCrc(result)).toBe(true)
  const { batchLength, crc, recordCount, ...header } = readBatchHeader(batch)
  expect(readBatchHeader(result)).toMatchObject({ ...header, recordCount: 3 })
  expect(batchLastOffset(result)).toBe(109)
})

test('the highest time is that of the records that stay, but for LogAppendTime, which all have', () => {
  const batch = tenRecords()
  const select = (source: Buffer) => selectRecords(source, ({ offset }) => offset < 103)
  expect(readBatchHeader(retainedBatch(batch, select(batch))).maxTimestamp).toBe(1002)
  assignAppendTime(batch, 0, 77_000)
  const result = retainedBatch(batch, select(batch), 99_000)
  expect(readBatchHeader(result).maxTimestamp).toBe(77_000)
  expect(records(result).map(({ timestamp }) => timestamp)).toEqual([77_000, 77_000, 77_000])
})

test.each(compressionNames)('a delete horizon takes the place of the base timestamp, times stay (%s)', compression => {
  const batch = tenRecords({ compression })
  expect(deleteHorizonOf(batch)).toBeUndefined()
  const all = selectRecords(batch, () => true)
  expect(all).toMatchObject({ count: 10, isLess: false, hasTombstones: true })
  const result = retainedBatch(batch, all, 1_700_000_000_000)
  expect(deleteHorizonOf(result)).toBe(1_700_000_000_000)
  expect(records(result)).toEqual(records(batch))
  expect(hasValidCrc(result)).toBe(true)
  // A later run takes records away and leaves the horizon.
  const later = retainedBatch(
    result,
    selectRecords(result, ({ valueBytes }) => valueBytes >= 0),
  )
  expect(deleteHorizonOf(later)).toBe(1_700_000_000_000)
  expect(records(later)).toEqual(records(batch).filter(({ value }) => value !== null))
})

test('records without a time still have none under a delete horizon', () => {
  const builder = new BatchBuilder()
  builder.append(-1, Buffer.from('k'), null)
  const batch = builder.build()
  const result = retainedBatch(
    batch,
    selectRecords(batch, () => true),
    5000,
  )
  expect(records(result)[0]).toMatchObject({ timestamp: -1, key: 'k' })
})

test('an emptied batch keeps offsets, sequence, producer and highest time', () => {
  const batch = tenRecords({ compression: 'gzip', transactional: true })
  assignOffset(batch, 0, { baseOffset: 500, leaderEpoch: 3 })
  const horizoned = retainedBatch(
    batch,
    selectRecords(batch, () => true),
    42,
  )
  const result = emptiedBatch(horizoned)
  expect(result).toHaveLength(61)
  const { batchLength, crc, attributes, baseTimestamp, recordCount, ...header } = readBatchHeader(batch)
  expect(readBatchHeader(result)).toMatchObject({ ...header, baseTimestamp: -1, recordCount: 0, batchLength: 49 })
  expect(batchAttributes(result)).toBe(AttributeBit.transactional)
  expect(records(result)).toEqual([])
  expect(hasValidCrc(result)).toBe(true)
})

test('what stays whole is a batch that a broker would take', () => {
  const batch = tenRecords()
  const result = retainedBatch(
    batch,
    selectRecords(batch, () => true),
  )
  expect(result).toEqual(batch)
  expect(() => checkBatch(result)).not.toThrow()
})
