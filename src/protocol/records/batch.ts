// Record batch v2 (magic 2), as of Kafka 0.11: a header of 61 bytes, then the records, possibly compressed.
import { DecodeError } from '../../base/errors.ts'
import { crc32c } from './crc32c.ts'

/** Bytes of a batch before its first record. */
export const batchHeaderBytes = 61

/** Where each header field starts. */
export const headerAt = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const

/** Base offset and batch length: what `batchLength` does not count. */
export const logOverheadBytes = 12

/** The bits of `attributes`. */
export const AttributeBit = {
  compressionMask: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const

export type TimestampType = 'CreateTime' | 'LogAppendTime'

export interface BatchHeader {
  readonly baseOffset: number
  /** Bytes that follow this field: the whole batch less 12. */
  readonly batchLength: number
  readonly partitionLeaderEpoch: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** All header fields of the batch at `at`. Throws `DecodeError` if the header is cut short or a 64-bit field is unsafe. */
export function readBatchHeader(buffer: Buffer, at = 0): BatchHeader {
  if (at < 0 || buffer.length - at < batchHeaderBytes) throw new DecodeError('batch header is cut short')
  const header = {
    baseOffset: readInt64(buffer, at),
    batchLength: buffer.readInt32BE(at + headerAt.batchLength),
    partitionLeaderEpoch: buffer.readInt32BE(at + headerAt.partitionLeaderEpoch),
    magic: buffer.readInt8(at + headerAt.magic),
    crc: buffer.readUInt32BE(at + headerAt.crc),
    attributes: buffer.readInt16BE(at + headerAt.attributes),
    lastOffsetDelta: buffer.readInt32BE(at + headerAt.lastOffsetDelta),
    baseTimestamp: readInt64(buffer, at + headerAt.baseTimestamp),
    maxTimestamp: readInt64(buffer, at + headerAt.maxTimestamp),
    producerId: readInt64(buffer, at + headerAt.producerId),
    producerEpoch: buffer.readInt16BE(at + headerAt.producerEpoch),
    baseSequence: buffer.readInt32BE(at + headerAt.baseSequence),
    recordCount: buffer.readInt32BE(at + headerAt.recordCount),
  }
  for (const value of [header.baseOffset, header.baseTimestamp, header.maxTimestamp, header.producerId]) {
    if (!Number.isSafeInteger(value)) throw new DecodeError('batch header holds a number beyond the safe integers')
  }
  return header
}

// The readers of single fields are for hot paths: they allocate nothing and expect a batch that `checkBatch` or
// `batchesIn` has seen, so that the whole header is there.

export const batchBaseOffset = (buffer: Buffer, at = 0): number => readInt64(buffer, at)
export const batchLastOffset = (buffer: Buffer, at = 0): number =>
  readInt64(buffer, at) + buffer.readInt32BE(at + headerAt.lastOffsetDelta)
/** Size of the whole batch, including the 12 bytes before the part that `batchLength` counts. */
export const batchBytes = (buffer: Buffer, at = 0): number =>
  buffer.readInt32BE(at + headerAt.batchLength) + logOverheadBytes
export const batchLeaderEpoch = (buffer: Buffer, at = 0): number =>
  buffer.readInt32BE(at + headerAt.partitionLeaderEpoch)
/** The format version: 2 for batches, 0 or 1 for message sets; the byte stands at the same place in all of them. */
export const batchMagic = (buffer: Buffer, at = 0): number => buffer.readInt8(at + headerAt.magic)
export const batchAttributes = (buffer: Buffer, at = 0): number => buffer.readInt16BE(at + headerAt.attributes)
export const batchBaseTimestamp = (buffer: Buffer, at = 0): number => readInt64(buffer, at + headerAt.baseTimestamp)
export const batchMaxTimestamp = (buffer: Buffer, at = 0): number => readInt64(buffer, at + headerAt.maxTimestamp)
/** -1 if the producer is not idempotent. */
export const batchProducerId = (buffer: Buffer, at = 0): number => readInt64(buffer, at + headerAt.producerId)
export const batchProducerEpoch = (buffer: Buffer, at = 0): number => buffer.readInt16BE(at + headerAt.producerEpoch)
export const batchBaseSequence = (buffer: Buffer, at = 0): number => buffer.readInt32BE(at + headerAt.baseSequence)
export const batchRecordCount = (buffer: Buffer, at = 0): number => buffer.readInt32BE(at + headerAt.recordCount)

export const compressionOf = (attributes: number): number => attributes & AttributeBit.compressionMask
export const timestampTypeOf = (attributes: number): TimestampType =>
  (attributes & AttributeBit.logAppendTime) !== 0 ? 'LogAppendTime' : 'CreateTime'
export const isTransactional = (attributes: number): boolean => (attributes & AttributeBit.transactional) !== 0
export const isControl = (attributes: number): boolean => (attributes & AttributeBit.control) !== 0

/**
 * Where the batch after the one at `at` starts. `buffer.length` behind the last; -1 if the batch at `at` is not all
 * there, as at the end of a fetched range. Throws `DecodeError` if its length cannot be that of a batch.
 */
export function nextBatch(buffer: Buffer, at: number): number {
  if (buffer.length - at < headerAt.magic + 1) return -1
  const bytes = batchBytes(buffer, at)
  if (bytes < batchHeaderBytes) throw new DecodeError(`a batch cannot have ${bytes} bytes`)
  return bytes > buffer.length - at ? -1 : at + bytes
}

/** Positions of the whole batches in `buffer`; a batch that is cut short ends them, as at the end of a fetched range. */
export function* batchesIn(buffer: Buffer): Generator<number, void, void> {
  for (let at = 0, next = nextBatch(buffer, 0); next >= 0; at = next, next = nextBatch(buffer, at)) {
    yield at
  }
}

/** Sets the offset of the first record and the leader epoch, in place. The CRC does not cover them. */
export function assignOffset(
  buffer: Buffer,
  at: number,
  { baseOffset, leaderEpoch }: { readonly baseOffset: number; readonly leaderEpoch: number },
): void {
  writeInt64(buffer, at, baseOffset)
  buffer.writeInt32BE(leaderEpoch, at + headerAt.partitionLeaderEpoch)
}

/** Makes `timeMs` the time of every record, as `message.timestamp.type=LogAppendTime` wants it; computes the CRC anew. */
export function assignAppendTime(buffer: Buffer, at: number, timeMs: number): void {
  const attributes = batchAttributes(buffer, at) | AttributeBit.logAppendTime
  buffer.writeInt16BE(attributes, at + headerAt.attributes)
  writeInt64(buffer, at + headerAt.maxTimestamp, timeMs)
  sealBatch(buffer, at, batchBytes(buffer, at))
}

/** Writes the CRC of the batch of `bytes` bytes at `at`. */
export function sealBatch(buffer: Buffer, at: number, bytes: number): void {
  buffer.writeUInt32BE(crc32c(buffer, at + headerAt.attributes, at + bytes), at + headerAt.crc)
}

/** A signed 64-bit number. One beyond 2^53 comes out rounded: check with `Number.isSafeInteger` where it matters. */
export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4)
}

/** Writes a safe integer as a signed 64-bit number. */
export function writeInt64(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}
