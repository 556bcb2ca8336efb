import { expect, test } from 'vitest'
import { DecodeError } from '../../../src/base/errors.ts'
import {
  assignAppendTime,
  assignOffset,
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchBytes,
  batchesIn,
  batchHeaderBytes,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  headerAt,
  nextBatch,
  readBatchHeader,
  readInt64,
  timestampTypeOf,
  writeInt64,
} from '../../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../../src/protocol/records/build.ts'
import { checkBatch } from '../../../src/protocol/records/check.ts'
import { recordsIn } from '../../../src/protocol/records/record.ts'
import { golden } from './golden.ts'

const transactional = golden('java-4.2-zstd-transactional')

test('the header reads as the Java client wrote it', () => {
  expect(readBatchHeader(transactional)).toEqual({
    baseOffset: 0,
    batchLength: transactional.length - 12,
    partitionLeaderEpoch: -1,
    magic: 2,
    crc: transactional.readUInt32BE(17),
    attributes: 4 | 16,
    lastOffsetDelta: 4,
    baseTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_360_000,
    producerId: 4_000_000_000,
    producerEpoch: 7,
    baseSequence: 11,
    recordCount: 5,
  })
})

test('the readers of single fields agree with the whole header, at any position', () => {
  const at = 7
  const buffer = Buffer.concat([Buffer.alloc(at), transactional])
  assignOffset(buffer, at, { baseOffset: 2 ** 40 + 3, leaderEpoch: 9 })
  const header = readBatchHeader(buffer, at)
  expect(batchBaseOffset(buffer, at)).toBe(2 ** 40 + 3)
  expect(batchLastOffset(buffer, at)).toBe(2 ** 40 + 7)
  expect(batchLeaderEpoch(buffer, at)).toBe(9)
  expect(batchBytes(buffer, at)).toBe(transactional.length)
  expect(batchMagic(buffer, at)).toBe(header.magic)
  expect(batchAttributes(buffer, at)).toBe(header.attributes)
  expect(batchBaseTimestamp(buffer, at)).toBe(header.baseTimestamp)
  expect(batchMaxTimestamp(buffer, at)).toBe(header.maxTimestamp)
  expect(batchProducerId(buffer, at)).toBe(header.producerId)
  expect(batchProducerEpoch(buffer, at)).toBe(header.producerEpoch)
  expect(batchBaseSequence(buffer, at)).toBe(header.baseSequence)
  expect(batchRecordCount(buffer, at)).toBe(header.recordCount)
})

test('an assigned offset shifts the records and leaves the checksum valid', () => {
  const batch = golden('java-4.2-lz4')
  assignOffset(batch, 0, { baseOffset: 1000, leaderEpoch: 3 })
  checkBatch(batch)
  expect([...recordsIn(batch)].map(record => record.offset)).toEqual([1000, 1001, 1002, 1003, 1004])
})

test('an append time becomes the time of every record, with a new checksum', () => {
  const batch = golden('java-4.2-gzip')
  const buffer = Buffer.concat([batch, batch])
  assignAppendTime(buffer, batch.length, 1_800_000_000_000)
  expect(timestampTypeOf(batchAttributes(buffer, batch.length))).toBe('LogAppendTime')
  expect(new Set([...recordsIn(buffer, batch.length)].map(record => record.timestamp))).toEqual(
    new Set([1_800_000_000_000]),
  )
  checkBatch(buffer, 0)
  expect(() => checkBatch(buffer, batch.length)).toThrow(/LogAppendTime/)
})

test('batches are found one behind the other, and a partial last one is left out', () => {
  const batches = [golden('java-4.2-none'), golden('kcat-1.7.1-zstd'), golden('java-4.2-commit-marker')]
  const whole = Buffer.concat(batches)
  const starts = [0, batches[0]?.length, (batches[0]?.length ?? 0) + (batches[1]?.length ?? 0)]
  expect([...batchesIn(whole)]).toEqual(starts)
  expect(nextBatch(whole, starts[2] ?? 0)).toBe(whole.length)
  for (const missing of [1, 50, 70]) {
    expect([...batchesIn(whole.subarray(0, whole.length - missing))]).toEqual(starts.slice(0, 2))
  }
  expect([...batchesIn(Buffer.alloc(0))]).toEqual([])
})

test('a length that no batch can have is refused, so that no loop stands still', () => {
  for (const length of [-1, -12, 0, batchHeaderBytes - 13, -(2 ** 31)]) {
    const batch = golden('java-4.2-none')
    batch.writeInt32BE(length, headerAt.batchLength)
    expect(() => [...batchesIn(batch)]).toThrow(DecodeError)
  }
})

test('a header that is cut short or unsafe is refused', () => {
  const batch = golden('java-4.2-none')
  expect(() => readBatchHeader(batch.subarray(0, batchHeaderBytes - 1))).toThrow(DecodeError)
  expect(() => readBatchHeader(batch, batch.length)).toThrow(DecodeError)
  expect(() => readBatchHeader(batch, -1)).toThrow(DecodeError)
  batch.writeBigInt64BE(2n ** 60n, headerAt.producerId)
  expect(() => readBatchHeader(batch)).toThrow(DecodeError)
})

test.each([0, 1, -1, 2 ** 32, -(2 ** 32), 2 ** 32 - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
  '%d survives as a 64-bit number',
  value => {
    const buffer = Buffer.alloc(8)
    writeInt64(buffer, 0, value)
    expect(buffer.readBigInt64BE()).toBe(BigInt(value))
    expect(readInt64(buffer, 0)).toBe(value)
  },
)

test('batches in shared memory are read and sealed alike', () => {
  const builder = new BatchBuilder()
  builder.append(1, Buffer.from('k'), Buffer.from('v'))
  const batch = builder.build({ compression: 'snappy' })
  const shared = Buffer.from(new SharedArrayBuffer(batch.length))
  batch.copy(shared)
  checkBatch(shared)
  expect([...recordsIn(shared)][0]?.value?.toString()).toBe('v')
  assignAppendTime(shared, 0, 5)
  expect([...recordsIn(shared)][0]?.timestamp).toBe(5)
})
