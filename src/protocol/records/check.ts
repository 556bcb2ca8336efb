import { ErrorCode, KafkaError } from '../errors.ts'
import {
  batchAttributes,
  batchBaseSequence,
  batchBaseTimestamp,
  batchBytes,
  batchHeaderBytes,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  compressionOf,
  headerAt,
  isControl,
  isTransactional,
  timestampTypeOf,
} from './batch.ts'
import { compressionIdMax } from './compression.ts'
import { crc32c } from './crc32c.ts'

/**
 * Checks the batch that a client sent at `at`, as Kafka's LogValidator does, as far as that goes without decoding records:
 * length, magic, CRC-32C, attributes, counts, producer fields. Batches behind it are not looked at.
 * The range of timestamps is a matter of the topic's settings and not checked here.
 *
 * Throws `KafkaError`: CORRUPT_MESSAGE for an impossible length, unknown magic and CRC; UNSUPPORTED_FOR_MESSAGE_FORMAT for magic 0 and 1
 * (see `fromLegacy`); UNSUPPORTED_COMPRESSION_TYPE; INVALID_TIMESTAMP; INVALID_RECORD for the rest.
 */
export function checkBatch(buffer: Buffer, at = 0): void {
  checkFrame(buffer, at)
  const expected = buffer.readUInt32BE(at + headerAt.crc)
  const actual = crc32c(buffer, at + headerAt.attributes, at + batchBytes(buffer, at))
  if (actual !== expected) {
    throw new KafkaError(ErrorCode.corruptMessage, `batch has CRC ${hex(actual)}, its header says ${hex(expected)}`)
  }
  checkAttributes(batchAttributes(buffer, at))
  checkCounts(buffer, at)
  checkProducer(buffer, at)
}

function checkFrame(buffer: Buffer, at: number): void {
  const available = buffer.length - at
  if (available <= headerAt.magic) throw invalid(`${available} bytes are no batch`)
  const magic = batchMagic(buffer, at)
  if (magic === 0 || magic === 1) {
    throw new KafkaError(ErrorCode.unsupportedForMessageFormat, `message format ${magic} needs conversion`)
  }
  if (magic !== 2) throw corrupt(`unknown magic ${magic}`)
  const bytes = batchBytes(buffer, at)
  if (bytes < batchHeaderBytes) throw corrupt(`a batch cannot have ${bytes} bytes`)
  // As Kafka: what is not whole is no batch at all.
  if (bytes > available) throw invalid(`batch of ${bytes} bytes, only ${available} are there`)
}

function checkAttributes(attributes: number): void {
  if (compressionOf(attributes) > compressionIdMax) {
    throw new KafkaError(ErrorCode.unsupportedCompressionType, `unknown compression ${compressionOf(attributes)}`)
  }
  if (isControl(attributes)) throw invalid('clients may not write control batches')
  if (timestampTypeOf(attributes) === 'LogAppendTime') {
    throw new KafkaError(ErrorCode.invalidTimestamp, 'clients may not set the timestamp type LogAppendTime')
  }
}

function checkCounts(buffer: Buffer, at: number): void {
  const count = batchRecordCount(buffer, at)
  const lastOffsetDelta = buffer.readInt32BE(at + headerAt.lastOffsetDelta)
  if (count < 1) throw invalid(`a batch cannot have ${count} records`)
  if (lastOffsetDelta !== count - 1) throw invalid(`last offset delta ${lastOffsetDelta} with ${count} records`)
  // Kafka finds that there are too few bytes for the records when it decodes them; the bound needs no decoding.
  const payloadBytes = batchBytes(buffer, at) - batchHeaderBytes
  const compressed = compressionOf(batchAttributes(buffer, at)) !== 0
  if (payloadBytes < (compressed ? 1 : count * recordBytesMin))
    throw invalid(`${count} records in ${payloadBytes} bytes`)
  if (!Number.isSafeInteger(batchBaseTimestamp(buffer, at)) || !Number.isSafeInteger(batchMaxTimestamp(buffer, at)))
    throw new KafkaError(ErrorCode.invalidTimestamp, 'timestamp is out of range')
}

/** Length, attributes, two deltas, key length, value length, header count. */
const recordBytesMin = 7

function checkProducer(buffer: Buffer, at: number): void {
  const producerId = batchProducerId(buffer, at)
  if (!Number.isSafeInteger(producerId)) throw invalid('producer id is out of range')
  if (producerId < 0) {
    if (isTransactional(batchAttributes(buffer, at))) throw invalid('transactional batch without a producer id')
    return
  }
  const baseSequence = batchBaseSequence(buffer, at)
  const epoch = batchProducerEpoch(buffer, at)
  if (baseSequence < 0) throw invalid(`sequence ${baseSequence} with producer id ${producerId}`)
  if (epoch < 0) throw invalid(`epoch ${epoch} with producer id ${producerId}`)
}

function corrupt(message: string): KafkaError {
  return new KafkaError(ErrorCode.corruptMessage, message)
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.invalidRecord, message)
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
