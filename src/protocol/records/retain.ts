// Batches that lose some of their records: offsets, sequences and times of the others stay as they are.
import {
  AttributeBit,
  batchAttributes,
  batchBaseTimestamp,
  batchHeaderBytes,
  compressionOf,
  headerAt,
  logOverheadBytes,
  sealBatch,
  timestampTypeOf,
  writeInt64,
} from './batch.ts'
import { compress, compressionName } from './compression.ts'
import { RecordCursor, varintBytes, writeVarint } from './cursor.ts'
import { forEachRecord, type RecordView } from './record.ts'

/** The records of a batch that stay. */
export interface RetainedRecords {
  /** The records of the batch, unpacked. */
  readonly data: Buffer
  /** Where those that stay lie in it: start, end, start, end. Neighbours are one piece. */
  readonly pieces: readonly number[]
  readonly count: number
  /** Whether one is missing. */
  readonly isLess: boolean
  /** Whether one of them has no value. */
  readonly hasTombstones: boolean
  /** The highest time among them, -1 without any. */
  readonly maxTimestamp: number
}

/** Asks of each record of a batch whether it stays. Throws `DecodeError` for a batch that cannot be decoded. */
export function selectRecords(batch: Buffer, stays: (record: RecordView) => boolean): RetainedRecords {
  const pieces: number[] = []
  let data: Buffer = Buffer.alloc(0)
  let count = 0
  let isLess = false
  let hasTombstones = false
  let maxTimestamp = -1
  forEachRecord(batch, 0, record => {
    data = record.buffer
    if (!stays(record)) {
      isLess = true
      return
    }
    if (pieces.at(-1) === record.start) pieces[pieces.length - 1] = record.end
    else pieces.push(record.start, record.end)
    count++
    hasTombstones ||= record.valueBytes < 0
    maxTimestamp = Math.max(maxTimestamp, record.timestamp)
  })
  return { data, pieces, count, isLess, hasTombstones, maxTimestamp }
}

/**
 * The batch with only these records (at least one), and the same base offset, last offset and sequence: what follows it in
 * the log, and its producer's next batch, must not notice.
 *
 * `deleteHorizonMs` is when its tombstones or its marker may be removed: it takes the place of the base timestamp, and a
 * bit of the attributes says so (KIP-534). Without it, one that the batch has stays.
 */
export function retainedBatch(batch: Buffer, records: RetainedRecords, deleteHorizonMs?: number): Buffer {
  const pieces = deleteHorizonMs === undefined ? cutOut(records) : rebased(batch, records, deleteHorizonMs)
  const compression = compressionName(compressionOf(batchAttributes(batch)))
  const body = compress(compression, Buffer.concat(pieces))
  const result = Buffer.concat([batch.subarray(0, batchHeaderBytes), body])
  if (deleteHorizonMs !== undefined) {
    result.writeInt16BE(batchAttributes(batch) | AttributeBit.deleteHorizon, headerAt.attributes)
    writeInt64(result, headerAt.baseTimestamp, deleteHorizonMs)
  }
  // With LogAppendTime it is the time of all records.
  if (timestampTypeOf(batchAttributes(batch)) === 'CreateTime') {
    writeInt64(result, headerAt.maxTimestamp, records.maxTimestamp)
  }
  result.writeInt32BE(records.count, headerAt.recordCount)
  return sealed(result)
}

/**
 * The header of the batch, with no records: it keeps the offsets, and the sequence of its producer. As Kafka's
 * `writeEmptyHeader`: not compressed, without base timestamp and delete horizon.
 */
export function emptiedBatch(batch: Buffer): Buffer {
  const result = Buffer.from(batch.subarray(0, batchHeaderBytes))
  const dropped = AttributeBit.compressionMask | AttributeBit.deleteHorizon
  result.writeInt16BE(batchAttributes(batch) & ~dropped, headerAt.attributes)
  writeInt64(result, headerAt.baseTimestamp, -1)
  result.writeInt32BE(0, headerAt.recordCount)
  return sealed(result)
}

/** When the tombstones or the marker of a batch may be removed; undefined if that was not decided yet. */
export function deleteHorizonOf(batch: Buffer): number | undefined {
  return (batchAttributes(batch) & AttributeBit.deleteHorizon) === 0 ? undefined : batchBaseTimestamp(batch)
}

function cutOut({ data, pieces }: RetainedRecords): Buffer[] {
  const cut: Buffer[] = []
  for (let at = 0; at < pieces.length; at += 2) cut.push(data.subarray(pieces[at], pieces[at + 1]))
  return cut
}

/** The records with their times counted from another base. */
function rebased(batch: Buffer, records: RetainedRecords, baseTimestamp: number): Buffer[] {
  const shift = batchBaseTimestamp(batch) - baseTimestamp
  const results: Buffer[] = []
  for (const piece of cutOut(records)) {
    const cursor = new RecordCursor(piece)
    while (cursor.at < piece.length) {
      const bytes = cursor.varint()
      const start = cursor.at
      cursor.at = start + 1
      const timestampDelta = cursor.varlong() + shift
      results.push(recordAt(piece, { start, rest: cursor.at, end: start + bytes, timestampDelta }))
      cursor.at = start + bytes
    }
  }
  return results
}

interface RecordPlace {
  /** Of its attributes, which come first. */
  readonly start: number
  /** Behind its time. */
  readonly rest: number
  readonly end: number
  readonly timestampDelta: number
}

function recordAt(source: Buffer, { start, rest, end, timestampDelta }: RecordPlace): Buffer {
  const bytes = 1 + varintBytes(timestampDelta) + end - rest
  const record = Buffer.allocUnsafe(varintBytes(bytes) + bytes)
  let at = writeVarint(record, 0, bytes)
  record[at++] = source[start] ?? 0
  at = writeVarint(record, at, timestampDelta)
  source.copy(record, at, rest, end)
  return record
}

function sealed(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - logOverheadBytes, headerAt.batchLength)
  sealBatch(batch, 0, batch.length)
  return batch
}
