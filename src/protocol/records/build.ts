import { assert } from '../../base/errors.ts'
import { AttributeBit, batchHeaderBytes, headerAt, logOverheadBytes, sealBatch, writeInt64 } from './batch.ts'
import { type CompressionName, compress, compressionId } from './compression.ts'
import { varintBytes, writeVarint } from './cursor.ts'
import type { RecordHeader } from './record.ts'

export interface BatchOptions {
  readonly compression?: CompressionName
  readonly compressionLevel?: number
  /** Offset of the first record, default 0: the broker assigns the real one. */
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  /** The idempotent producer's id, epoch and sequence of the first record; default -1 (none). */
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  /** A marker of the broker's own, never read as data. */
  readonly control?: boolean
}

/**
 * Writes records straight into one growing buffer that becomes the batch, without an object per record.
 * Fill it with `append` until that answers false, then `build` and go on with the same builder.
 */
export class BatchBuilder {
  readonly #bytesMax: number
  #buffer: Buffer
  #bytes = batchHeaderBytes
  #count = 0
  #baseTimestamp = -1
  #maxTimestamp = -1

  /** `bytesMax` bounds the batch before compression; one record may be larger than that, alone. */
  constructor({ bytesMax = 1024 * 1024 }: { readonly bytesMax?: number } = {}) {
    this.#bytesMax = bytesMax
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(initialBytes, Math.max(bytesMax, batchHeaderBytes)))
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }

  /** Bytes so far, header included, before compression. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Adds a record of `timestamp` (milliseconds since 1970). False, and nothing is added, if the batch has records and would grow
   * over its limit.
   */
  append(timestamp: number, key: Buffer | null, value: Buffer | null, headers: readonly RecordHeader[] = []): boolean {
    return this.appendSlices(timestamp, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, headers)
  }

  /** As `append`, with the key and the value in `[start, end)` of larger buffers, such as lines of a pipe's chunk. */
  appendSlices(
    timestamp: number,
    key: Buffer | null,
    keyStart: number,
    keyEnd: number,
    value: Buffer | null,
    valueStart: number,
    valueEnd: number,
    headers: readonly RecordHeader[] = noHeaders,
  ): boolean {
    const timestampDelta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp
    const keyBytes = key === null ? -1 : keyEnd - keyStart
    const valueBytes = value === null ? -1 : valueEnd - valueStart
    const bodyBytes =
      1 +
      varintBytes(timestampDelta) +
      varintBytes(this.#count) +
      varintBytes(keyBytes) +
      (key === null ? 0 : keyBytes) +
      varintBytes(valueBytes) +
      (value === null ? 0 : valueBytes) +
      (headers.length === 0 ? 1 : headersBytes(headers))
    const end = this.#bytes + varintBytes(bodyBytes) + bodyBytes
    if (end > this.#bytesMax && this.#count > 0) return false
    if (end > this.#buffer.length) this.#grow(end)
    const buffer = this.#buffer
    let at = writeVarint(buffer, this.#bytes, bodyBytes)
    buffer[at++] = 0
    at = writeVarint(buffer, at, timestampDelta)
    at = writeVarint(buffer, at, this.#count)
    at = writeBytes(buffer, at, key, keyStart, keyBytes)
    at = writeBytes(buffer, at, value, valueStart, valueBytes)
    at = headers.length === 0 ? writeVarint(buffer, at, 0) : writeHeaders(buffer, at, headers)
    this.#bytes = at
    if (this.#count === 0) this.#baseTimestamp = timestamp
    if (this.#count === 0 || timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    this.#count++
    return true
  }

  /** The batch, ready to send. The builder is empty afterwards. */
  build(options: BatchOptions = {}): Buffer {
    assert(this.#count > 0, 'a batch needs a record')
    const batch = this.#pack(options)
    const attributes =
      compressionId(options.compression ?? 'none') |
      (options.transactional ? AttributeBit.transactional : 0) |
      (options.control ? AttributeBit.control : 0)
    writeInt64(batch, headerAt.baseOffset, options.baseOffset ?? 0)
    batch.writeInt32BE(batch.length - logOverheadBytes, headerAt.batchLength)
    batch.writeInt32BE(options.leaderEpoch ?? -1, headerAt.partitionLeaderEpoch)
    batch.writeInt8(2, headerAt.magic)
    batch.writeInt16BE(attributes, headerAt.attributes)
    batch.writeInt32BE(this.#count - 1, headerAt.lastOffsetDelta)
    writeInt64(batch, headerAt.baseTimestamp, this.#baseTimestamp)
    writeInt64(batch, headerAt.maxTimestamp, this.#maxTimestamp)
    writeInt64(batch, headerAt.producerId, options.producerId ?? -1)
    batch.writeInt16BE(options.producerEpoch ?? -1, headerAt.producerEpoch)
    batch.writeInt32BE(options.baseSequence ?? -1, headerAt.baseSequence)
    batch.writeInt32BE(this.#count, headerAt.recordCount)
    sealBatch(batch, 0, batch.length)
    this.#bytes = batchHeaderBytes
    this.#count = 0
    return batch
  }

  /** Hands the buffer over where nothing is compressed; otherwise keeps it for the next batch. */
  #pack({ compression = 'none', compressionLevel }: BatchOptions): Buffer {
    const filled = this.#buffer.subarray(0, this.#bytes)
    if (compression === 'none') {
      this.#buffer = Buffer.allocUnsafeSlow(this.#buffer.length)
      return filled
    }
    const packed = compress(compression, filled.subarray(batchHeaderBytes), compressionLevel)
    return Buffer.concat([filled.subarray(0, batchHeaderBytes), packed])
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(this.#buffer.length * 2, this.#bytesMax)))
    this.#buffer.copy(larger, 0, 0, this.#bytes)
    this.#buffer = larger
  }
}

const initialBytes = 16 * 1024
const noHeaders: readonly RecordHeader[] = []

function writeBytes(buffer: Buffer, at: number, source: Buffer | null, start: number, bytes: number): number {
  const position = writeVarint(buffer, at, bytes)
  if (source === null) return position
  // A native copy costs as much as some twenty assignments.
  if (bytes > 20) source.copy(buffer, position, start, start + bytes)
  else for (let index = 0; index < bytes; index++) buffer[position + index] = source[start + index] ?? 0
  return position + bytes
}

function headersBytes(headers: readonly RecordHeader[]): number {
  let bytes = varintBytes(headers.length)
  for (const { key, value } of headers) {
    const keyBytes = Buffer.byteLength(key)
    bytes += varintBytes(keyBytes) + keyBytes
    bytes += value === null ? 1 : varintBytes(value.length) + value.length
  }
  return bytes
}

function writeHeaders(buffer: Buffer, start: number, headers: readonly RecordHeader[]): number {
  let at = writeVarint(buffer, start, headers.length)
  for (const { key, value } of headers) {
    at = writeVarint(buffer, at, Buffer.byteLength(key))
    at += buffer.write(key, at)
    at = writeBytes(buffer, at, value, 0, value === null ? -1 : value.length)
  }
  return at
}
