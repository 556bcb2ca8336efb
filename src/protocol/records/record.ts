import { DecodeError } from '../../base/errors.ts'
import { batchHeaderBytes, compressionOf, nextBatch, readBatchHeader, timestampTypeOf } from './batch.ts'
import { compressionName, decompress } from './compression.ts'
import { RecordCursor } from './cursor.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** One record, decoded. Key, value and header values are slices of the batch (or of what it unpacked to), not copies. */
export interface LogRecord {
  readonly offset: number
  /** Milliseconds since 1970; -1 if the record has none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface ReadOptions {
  /** The most that a compressed batch may unpack to. */
  readonly decompressedBytesMax?: number
}

/**
 * Where the parts of the record that `forEachRecord` stands at are. The same object serves all records of a batch:
 * take what you need during the call, or call `toRecord`.
 */
export class RecordView {
  /** Holds the bytes that the positions below count in. */
  readonly buffer: Buffer
  /** Where the record begins, its length first, … */
  start = 0
  /** … and ends. */
  end = 0
  offset = 0
  timestamp = 0
  keyStart = 0
  /** Bytes of the key; -1 if it is null. */
  keyBytes = -1
  valueStart = 0
  /** Bytes of the value; -1 if it is null. */
  valueBytes = -1
  headerCount = 0
  headersStart = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  get key(): Buffer | null {
    return slice(this.buffer, this.keyStart, this.keyBytes)
  }

  get value(): Buffer | null {
    return slice(this.buffer, this.valueStart, this.valueBytes)
  }

  get headers(): readonly RecordHeader[] {
    return this.headerCount === 0 ? noHeaders : readHeaders(this.buffer, this.headersStart, this.headerCount)
  }

  toRecord(): LogRecord {
    const { offset, timestamp, key, value, headers } = this
    return { offset, timestamp, key, value, headers }
  }
}

const noHeaders: readonly RecordHeader[] = []

/**
 * Calls `visit` with every record of the batch at `at`, in order, and creates no object per record.
 * Throws `DecodeError` if the batch is not whole, not format 2, or a record does not fit its announced length;
 * `visit` has then seen the records before. Does not check the CRC (see `checkBatch`).
 */
export function forEachRecord(
  batch: Buffer,
  at: number,
  visit: (record: RecordView) => void,
  options: ReadOptions = {},
): void {
  const reader = openBatch(batch, at, options)
  while (reader.remaining > 0) visit(readRecord(reader))
}

/** The records of the batch at `at`, one by one. As `forEachRecord`, with an object for each record. */
export function* recordsIn(batch: Buffer, at = 0, options: ReadOptions = {}): Generator<LogRecord, void, void> {
  const reader = openBatch(batch, at, options)
  while (reader.remaining > 0) yield readRecord(reader).toRecord()
}

/** The records of a batch, pulled one by one. */
export interface RecordReader {
  /** The next record, valid until the next call; undefined behind the last. Throws `DecodeError` as `forEachRecord` does. */
  next(): RecordView | undefined
}

/** As `forEachRecord`, for who wants to stop between records and go on later. */
export function openRecords(batch: Buffer, at: number, options: ReadOptions = {}): RecordReader {
  const reader = openBatch(batch, at, options)
  return { next: () => (reader.remaining > 0 ? readRecord(reader) : undefined) }
}

interface BatchReader {
  readonly cursor: RecordCursor
  readonly view: RecordView
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** The time of all records under LogAppendTime, else undefined. */
  readonly appendTime: number | undefined
  remaining: number
}

function openBatch(batch: Buffer, at: number, options: ReadOptions): BatchReader {
  const header = readBatchHeader(batch, at)
  if (header.magic !== 2) throw new DecodeError(`record batch has format ${header.magic}, not 2`)
  const end = nextBatch(batch, at)
  if (end < 0) throw new DecodeError('record batch is cut short')
  if (header.recordCount < 0) throw new DecodeError(`record batch has ${header.recordCount} records`)
  const stored = batch.subarray(at + batchHeaderBytes, end)
  const data = decompress(compressionName(compressionOf(header.attributes)), stored, options.decompressedBytesMax)
  return {
    cursor: new RecordCursor(data),
    view: new RecordView(data),
    baseOffset: header.baseOffset,
    baseTimestamp: header.baseTimestamp,
    appendTime: timestampTypeOf(header.attributes) === 'LogAppendTime' ? header.maxTimestamp : undefined,
    remaining: header.recordCount,
  }
}

function readRecord(reader: BatchReader): RecordView {
  const { cursor, view } = reader
  view.start = cursor.at
  const bytes = cursor.varint()
  const start = cursor.at
  const end = start + bytes
  view.end = end
  if (bytes < 0 || end > cursor.buffer.length) throw new DecodeError(`record of ${bytes} bytes does not fit its batch`)
  // Attributes of a record: a byte that has no meaning yet.
  cursor.at = start + 1
  const timestampDelta = cursor.varlong()
  view.timestamp = reader.appendTime ?? reader.baseTimestamp + timestampDelta
  view.offset = reader.baseOffset + cursor.varint()
  view.keyBytes = cursor.varint()
  view.keyStart = cursor.skip(view.keyBytes < 0 ? 0 : view.keyBytes, end)
  view.valueBytes = cursor.varint()
  view.valueStart = cursor.skip(view.valueBytes < 0 ? 0 : view.valueBytes, end)
  view.headerCount = cursor.varint()
  view.headersStart = cursor.at
  if (view.headerCount !== 0) skipHeaders(cursor, view.headerCount, end)
  if (cursor.at !== end) throw new DecodeError(`record of ${bytes} bytes has ${cursor.at - start} bytes`)
  reader.remaining--
  if (reader.remaining === 0 && end !== cursor.buffer.length)
    throw new DecodeError('bytes are left behind the last record')
  return view
}

function skipHeaders(cursor: RecordCursor, count: number, end: number): void {
  if (count < 0) throw new DecodeError(`record has ${count} headers`)
  for (let index = 0; index < count; index++) {
    cursor.skip(cursor.varint(), end)
    const valueBytes = cursor.varint()
    cursor.skip(valueBytes < 0 ? 0 : valueBytes, end)
  }
}

function readHeaders(buffer: Buffer, start: number, count: number): readonly RecordHeader[] {
  const cursor = new RecordCursor(buffer)
  cursor.at = start
  const headers: RecordHeader[] = []
  for (let index = 0; index < count; index++) {
    const keyBytes = cursor.varint()
    const keyStart = cursor.skip(keyBytes, buffer.length)
    const key = buffer.toString('utf8', keyStart, keyStart + keyBytes)
    const valueBytes = cursor.varint()
    const valueStart = cursor.skip(valueBytes < 0 ? 0 : valueBytes, buffer.length)
    headers.push({ key, value: slice(buffer, valueStart, valueBytes) })
  }
  return headers
}

function slice(buffer: Buffer, start: number, bytes: number): Buffer | null {
  return bytes < 0 ? null : buffer.subarray(start, start + bytes)
}
