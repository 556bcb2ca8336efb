import { expect, test } from 'vitest'
import { ErrorCode, KafkaError } from '../../../src/protocol/errors.ts'
import { headerAt, sealBatch } from '../../../src/protocol/records/batch.ts'
import { BatchBuilder, type BatchOptions } from '../../../src/protocol/records/build.ts'
import { checkBatch } from '../../../src/protocol/records/check.ts'
import { golden } from './golden.ts'

function built(options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder()
  for (const value of ['a', 'b', 'c']) builder.append(1000, null, Buffer.from(value))
  return builder.build(options)
}

function codeOf(batch: Buffer, at = 0): number {
  try {
    checkBatch(batch, at)
    return ErrorCode.none
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
}

/** The batch after `change`, with a checksum that fits, so that it is the change that is found. */
function changed(change: (batch: Buffer) => void, options: BatchOptions = {}): Buffer {
  const batch = built(options)
  change(batch)
  sealBatch(batch, 0, batch.length)
  return batch
}

test('what a client builds passes', () => {
  expect(codeOf(built())).toBe(ErrorCode.none)
  expect(codeOf(built({ compression: 'zstd' }))).toBe(ErrorCode.none)
  expect(codeOf(built({ producerId: 0, producerEpoch: 0, baseSequence: 0, transactional: true }))).toBe(ErrorCode.none)
})

test('any changed byte behind the checksum is found', () => {
  const batch = built()
  for (let at = headerAt.crc; at < batch.length; at++) {
    const damaged = Buffer.from(batch)
    damaged.writeUInt8(batch.readUInt8(at) ^ 0x10, at)
    expect(codeOf(damaged)).toBe(ErrorCode.corruptMessage)
  }
})

test('a batch that is not all there is no record, one of an impossible length is corrupt', () => {
  const batch = built()
  for (let bytes = 0; bytes < batch.length; bytes++) {
    expect(codeOf(batch.subarray(0, bytes))).toBe(ErrorCode.invalidRecord)
  }
  expect(codeOf(batch, 1)).not.toBe(ErrorCode.none)
  for (const length of [-1, 0, 48]) {
    expect(codeOf(changed(copy => copy.writeInt32BE(length, headerAt.batchLength)))).toBe(ErrorCode.corruptMessage)
  }
})

test('bytes behind the batch are not its matter', () => {
  expect(codeOf(Buffer.concat([built(), Buffer.from('rest')]))).toBe(ErrorCode.none)
  expect(codeOf(Buffer.concat([Buffer.from('before'), built()]), 6)).toBe(ErrorCode.none)
})

test('formats 0 and 1 need conversion, unknown ones are corrupt', () => {
  const code = ErrorCode.unsupportedForMessageFormat
  expect(codeOf(golden('java-4.2-magic0-none'))).toBe(code)
  expect(codeOf(golden('java-4.2-magic1-gzip'))).toBe(code)
  for (const magic of [3, -1, 127]) {
    expect(codeOf(changed(batch => batch.writeInt8(magic, headerAt.magic)))).toBe(ErrorCode.corruptMessage)
  }
})

test.each<[string, number, Buffer]>([
  [
    'an unknown compression',
    ErrorCode.unsupportedCompressionType,
    changed(b => b.writeInt16BE(5, headerAt.attributes)),
  ],
  [
    'a control batch',
    ErrorCode.invalidRecord,
    built({ control: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }),
  ],
  ['LogAppendTime', ErrorCode.invalidTimestamp, changed(b => b.writeInt16BE(8, headerAt.attributes))],
  ['no records', ErrorCode.invalidRecord, changed(b => b.writeInt32BE(0, headerAt.recordCount))],
  ['a negative count', ErrorCode.invalidRecord, changed(b => b.writeInt32BE(-1, headerAt.recordCount))],
  ['offsets with gaps', ErrorCode.invalidRecord, changed(b => b.writeInt32BE(3, headerAt.lastOffsetDelta))],
  ['a negative offset range', ErrorCode.invalidRecord, changed(b => b.writeInt32BE(-1, headerAt.lastOffsetDelta))],
  ['a producer without a sequence', ErrorCode.invalidRecord, built({ producerId: 1, producerEpoch: 0 })],
  ['a producer without an epoch', ErrorCode.invalidRecord, built({ producerId: 1, baseSequence: 0 })],
  ['a transaction without a producer', ErrorCode.invalidRecord, built({ transactional: true })],
  ['an unsafe time', ErrorCode.invalidTimestamp, changed(b => b.writeBigInt64BE(2n ** 60n, headerAt.maxTimestamp))],
  ['an unsafe producer id', ErrorCode.invalidRecord, changed(b => b.writeBigInt64BE(2n ** 60n, headerAt.producerId))],
])('%s is refused', (_name, code, batch) => {
  expect(codeOf(batch)).toBe(code)
})

test('more records than the bytes can hold are refused', () => {
  const batch = changed(copy => {
    copy.writeInt32BE(1_000_000, headerAt.recordCount)
    copy.writeInt32BE(999_999, headerAt.lastOffsetDelta)
  })
  expect(codeOf(batch)).toBe(ErrorCode.invalidRecord)
})

test('what the broker wrote itself is refused from a client', () => {
  expect(codeOf(golden('java-4.2-commit-marker'))).toBe(ErrorCode.invalidRecord)
})
