// Message sets of formats 0 (Kafka 0.8) and 1 (0.10, adds timestamps). They are up-converted on produce and never stored.
import { crc32 } from 'node:zlib'
import { DecodeError } from '../../base/errors.ts'
import { ErrorCode, KafkaError } from '../errors.ts'
import { AttributeBit, compressionOf, readInt64 } from './batch.ts'
import { BatchBuilder } from './build.ts'
import { type CompressionName, compressionName, decompress, decompressedBytesMaxDefault } from './compression.ts'

export interface LegacyOptions {
  /** Compression of the batch; by default that of the first message. */
  readonly compressionTarget?: CompressionName
  /** The most that compressed messages may unpack to, all together. */
  readonly decompressedBytesMax?: number
}

/**
 * Turns a message set of format 0 or 1 (or a mixture) into one batch of format 2. Offsets count from 0; messages of
 * format 0 have no time, which is -1. Throws `KafkaError`: CORRUPT_MESSAGE for damage, INVALID_RECORD for a set without
 * messages or compressed twice, UNSUPPORTED_COMPRESSION_TYPE for zstd, which came after these formats.
 */
export function fromLegacy(messageSet: Buffer, options: LegacyOptions = {}): Buffer {
  const conversion: Conversion = {
    builder: new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY }),
    bytesLeft: options.decompressedBytesMax ?? decompressedBytesMaxDefault,
    compression: undefined,
  }
  convert(messageSet, conversion, 'none')
  if (conversion.builder.count === 0) throw new KafkaError(ErrorCode.invalidRecord, 'the message set is empty')
  return conversion.builder.build({ compression: options.compressionTarget ?? conversion.compression })
}

interface Conversion {
  readonly builder: BatchBuilder
  bytesLeft: number
  /** That of the first message. */
  compression: CompressionName | undefined
}

/** Offset and size, which come before what the size counts. */
const overheadBytes = 12
/** CRC, magic, attributes, key length, value length. */
const messageBytesMin = 14

interface Message {
  readonly attributes: number
  readonly magic: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

function convert(messageSet: Buffer, conversion: Conversion, wrapper: CompressionName): void {
  for (let at = 0; at < messageSet.length; ) {
    if (messageSet.length - at < overheadBytes + messageBytesMin) throw corrupt('message set ends in a message header')
    const bytes = messageSet.readInt32BE(at + 8)
    const start = at + overheadBytes
    if (bytes < messageBytesMin || bytes > messageSet.length - start) throw corrupt(`message of ${bytes} bytes`)
    convertMessage(readMessage(messageSet.subarray(start, start + bytes)), conversion, wrapper)
    at = start + bytes
  }
}

function convertMessage(message: Message, conversion: Conversion, wrapper: CompressionName): void {
  const compression = messageCompression(message)
  conversion.compression ??= compression
  if (compression === 'none') {
    conversion.builder.append(message.timestamp, message.key, message.value)
    return
  }
  if (wrapper !== 'none') throw invalid('a compressed message inside a compressed message')
  if (message.value === null) throw invalid('a compressed message without a value')
  const inner = unpack(compression, message.value, conversion.bytesLeft)
  conversion.bytesLeft -= inner.length
  convert(inner, conversion, compression)
}

function messageCompression({ attributes, magic }: Message): CompressionName {
  // The other bits of format 0 have no meaning; in format 1, bit 3 is the timestamp type, which is the broker's to set.
  if (magic === 1 && (attributes & AttributeBit.logAppendTime) !== 0) {
    throw new KafkaError(ErrorCode.invalidTimestamp, 'clients may not set the timestamp type LogAppendTime')
  }
  const id = compressionOf(attributes)
  if (id > 3) {
    throw new KafkaError(ErrorCode.unsupportedCompressionType, `compression ${id} in message format ${magic}`)
  }
  return compressionName(id)
}

/** `message` starts with its CRC and ends where its size says. */
function readMessage(message: Buffer): Message {
  const expected = message.readUInt32BE(0)
  const actual = crc32(message.subarray(4))
  if (actual !== expected) throw corrupt(`message has CRC ${actual}, its header says ${expected}`)
  const magic = message.readInt8(4)
  if (magic !== 0 && magic !== 1) throw corrupt(`unknown magic ${magic} in a message set`)
  if (magic === 1 && message.length < messageBytesMin + 8) throw corrupt('message is too short for a timestamp')
  const timestamp = magic === 1 ? readInt64(message, 6) : -1
  if (!Number.isSafeInteger(timestamp)) throw new KafkaError(ErrorCode.invalidTimestamp, 'timestamp is out of range')
  const key = readBytes(message, magic === 1 ? 14 : 6)
  const value = readBytes(message, key.end)
  if (value.end !== message.length) throw corrupt(`${message.length - value.end} bytes behind a message's value`)
  return { attributes: message.readInt8(5), magic, timestamp, key: key.bytes, value: value.bytes }
}

function readBytes(message: Buffer, at: number): { readonly bytes: Buffer | null; readonly end: number } {
  if (message.length - at < 4) throw corrupt('message ends in a length')
  const length = message.readInt32BE(at)
  const start = at + 4
  if (length < 0) return { bytes: null, end: start }
  if (length > message.length - start)
    throw corrupt(`message announces ${length} bytes, ${message.length - start} left`)
  return { bytes: message.subarray(start, start + length), end: start + length }
}

function unpack(compression: CompressionName, value: Buffer, bytesMax: number): Buffer {
  try {
    return decompress(compression, value, bytesMax)
  } catch (error) {
    if (error instanceof DecodeError) throw corrupt(error.message)
    throw error
  }
}

function corrupt(message: string): KafkaError {
  return new KafkaError(ErrorCode.corruptMessage, message)
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.invalidRecord, message)
}
