import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { ErrorCode, KafkaError } from '../../../src/protocol/errors.ts'
import { batchAttributes, compressionOf } from '../../../src/protocol/records/batch.ts'
import { checkBatch } from '../../../src/protocol/records/check.ts'
import { type CompressionName, compress, compressionId } from '../../../src/protocol/records/compression.ts'
import { fromLegacy, type LegacyOptions } from '../../../src/protocol/records/legacy.ts'
import { recordsIn } from '../../../src/protocol/records/record.ts'
import { golden } from './golden.ts'

interface MessageParts {
  readonly magic?: number
  readonly attributes?: number
  readonly timestamp?: bigint
  readonly key?: Buffer | null
  readonly value?: Buffer | null
}

/** One message of a message set, with its offset and size before it. */
function message({ magic = 1, attributes = 0, timestamp = 5n, key = null, value = null }: MessageParts): Buffer {
  const time = Buffer.alloc(magic === 1 ? 8 : 0)
  if (magic === 1) time.writeBigInt64BE(timestamp)
  const covered = Buffer.concat([Buffer.from([magic, attributes]), time, withLength(key), withLength(value)])
  const head = Buffer.alloc(16)
  head.writeInt32BE(covered.length + 4, 8)
  head.writeUInt32BE(crc32(covered), 12)
  return Buffer.concat([head, covered])
}

function withLength(bytes: Buffer | null): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes?.length ?? -1)
  return Buffer.concat([length, bytes ?? Buffer.alloc(0)])
}

function wrapped(compression: CompressionName, inner: Buffer, magic = 1): Buffer {
  return message({ magic, attributes: compressionId(compression), value: compress(compression, inner) })
}

function codeOf(messageSet: Buffer, options: LegacyOptions = {}): number {
  try {
    fromLegacy(messageSet, options)
    return ErrorCode.none
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
}

const value = Buffer.from('value')
const plain = message({ value })

test('messages of both formats and wrappers of several compressions become one batch in their order', () => {
  const messageSet = Buffer.concat([
    message({ magic: 0, value: Buffer.from('0') }),
    wrapped('gzip', Buffer.concat([message({ value: Buffer.from('1') }), message({ value: Buffer.from('2') })])),
    wrapped('snappy', message({ magic: 0, value: Buffer.from('3') }), 0),
    message({ value: Buffer.from('4'), timestamp: 9n, key: Buffer.from('k') }),
  ])
  const batch = fromLegacy(messageSet)
  checkBatch(batch)
  const records = [...recordsIn(batch)]
  expect(records.map(record => [record.offset, record.timestamp, record.value?.toString()])).toEqual([
    [0, -1, '0'],
    [1, 5, '1'],
    [2, 5, '2'],
    [3, -1, '3'],
    [4, 9, '4'],
  ])
  expect(records[4]?.key?.toString()).toBe('k')
})

test('the batch has the compression of the first message unless told otherwise', () => {
  const compressionIn = (batch: Buffer): number => compressionOf(batchAttributes(batch))
  expect(compressionIn(fromLegacy(wrapped('lz4', plain)))).toBe(3)
  expect(compressionIn(fromLegacy(wrapped('lz4', plain), { compressionTarget: 'zstd' }))).toBe(4)
  expect(compressionIn(fromLegacy(plain, { compressionTarget: 'gzip' }))).toBe(1)
})

test('any changed byte that the checksum covers is found', () => {
  for (let at = 12; at < plain.length; at++) {
    const damaged = Buffer.from(plain)
    damaged.writeUInt8(plain.readUInt8(at) ^ 1, at)
    expect(codeOf(damaged)).toBe(ErrorCode.corruptMessage)
  }
})

test('a message set that is cut short is corrupt', () => {
  const messageSet = golden('java-4.2-magic1-none')
  const ends = [...Array(messageSet.length).keys()].filter(bytes => codeOf(messageSet.subarray(0, bytes)) === 0)
  // Only where a message ends.
  expect(ends).toHaveLength(4)
  expect(codeOf(Buffer.alloc(0))).toBe(ErrorCode.invalidRecord)
})

test.each<[string, number, Buffer]>([
  ['a message compressed twice', ErrorCode.invalidRecord, wrapped('gzip', wrapped('gzip', plain))],
  ['a compressed message without a value', ErrorCode.invalidRecord, message({ attributes: 1 })],
  ['an empty compressed message', ErrorCode.invalidRecord, wrapped('gzip', Buffer.alloc(0))],
  ['damaged compressed data', ErrorCode.corruptMessage, message({ attributes: 1, value })],
  ['a damaged message inside', ErrorCode.corruptMessage, wrapped('gzip', plain.subarray(0, plain.length - 1))],
  ['zstd', ErrorCode.unsupportedCompressionType, message({ attributes: 4, value })],
  ['LogAppendTime', ErrorCode.invalidTimestamp, message({ attributes: 8, value })],
  ['an unsafe time', ErrorCode.invalidTimestamp, message({ timestamp: 2n ** 60n })],
  ['format 2 inside', ErrorCode.corruptMessage, wrapped('gzip', message({ magic: 2, value }))],
])('%s is refused', (_name, code, messageSet) => {
  expect(codeOf(messageSet)).toBe(code)
})

test('what compressed messages unpack to is bounded, all together', () => {
  const large = wrapped('gzip', message({ value: Buffer.alloc(1000) }))
  const twice = Buffer.concat([large, large])
  expect(codeOf(twice, { decompressedBytesMax: 2100 })).toBe(ErrorCode.none)
  expect(codeOf(twice, { decompressedBytesMax: 1900 })).toBe(ErrorCode.corruptMessage)
})
