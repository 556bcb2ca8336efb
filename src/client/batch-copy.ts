import {
  batchAttributes,
  batchBaseOffset,
  batchBytes,
  batchLastOffset,
  batchRecordCount,
  compressionOf,
} from '../protocol/records/batch.ts'
import { BatchBuilder } from '../protocol/records/build.ts'
import { compressionName } from '../protocol/records/compression.ts'
import { type FetchedBatches, type FetchedRecord, forEachInBatch, wantedBatches } from './fetched-records.ts'
import type { TopicWriter } from './topic-writer.ts'

export interface BatchCopy {
  readonly records: number
  readonly bytes: number
  /** The offset behind the batch, at the source. */
  readonly nextOffset: number
}

/**
 * Writes fetched records into the same partitions of another topic, with their keys, headers and times, compressed as they
 * were. Yields after each batch, so that its caller can wait for room: a fetch of compressed batches can unpack to a
 * hundred times its size.
 */
export function* copyBatches(
  fetched: FetchedBatches,
  writer: TopicWriter,
  isWanted: (record: FetchedRecord) => boolean,
): Generator<BatchCopy, void, void> {
  const { bytes, partition } = fetched
  for (const at of wantedBatches(fetched)) {
    let records = 0
    writer.compressWith(partition, compressionName(compressionOf(batchAttributes(bytes, at))))
    forEachInBatch(fetched, at, record => {
      if (!isWanted(record)) return
      records++
      appendView(writer, record, partition)
    })
    yield {
      records,
      bytes: batchBytes(bytes, at),
      nextOffset: Math.min(batchLastOffset(bytes, at) + 1, fetched.endOffset),
    }
  }
}

export interface SelectedBatches {
  /** Whole batches one after the other, with the offsets of the source. */
  readonly bytes: Buffer
  readonly recordCount: number
}

/**
 * The wanted batches of a fetch: as the broker sent them, byte for byte, where all of their records are wanted; else made
 * anew of those that are, so that every record keeps its offset. Without `isWanted`, all records of the range.
 */
export function selectBatches(fetched: FetchedBatches, isWanted?: (record: FetchedRecord) => boolean): SelectedBatches {
  const { bytes, fromOffset, endOffset } = fetched
  const parts: Buffer[] = []
  let recordCount = 0
  for (const at of wantedBatches(fetched)) {
    const isWhole = batchBaseOffset(bytes, at) >= fromOffset && batchLastOffset(bytes, at) < endOffset
    if (isWhole && !isWanted) {
      parts.push(bytes.subarray(at, at + batchBytes(bytes, at)))
      recordCount += batchRecordCount(bytes, at)
    } else {
      for (const part of rebuilt(fetched, at, isWanted)) {
        parts.push(part)
        recordCount += batchRecordCount(part)
      }
    }
  }
  return { bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts), recordCount }
}

/** Records of one batch in new batches: a gap in the offsets begins another. */
function rebuilt(
  fetched: FetchedBatches,
  at: number,
  isWanted?: (record: FetchedRecord) => boolean,
): readonly Buffer[] {
  const builder = new BatchBuilder({ bytesMax: Number.MAX_SAFE_INTEGER })
  const batches: Buffer[] = []
  let baseOffset = 0
  const finish = (): void => {
    if (builder.count > 0) batches.push(builder.build({ baseOffset }))
  }
  forEachInBatch(fetched, at, record => {
    if (isWanted && !isWanted(record)) return
    if (record.offset !== baseOffset + builder.count) finish()
    if (builder.count === 0) baseOffset = record.offset
    builder.append(record.timestamp, record.key, record.value, record.headers)
  })
  finish()
  return batches
}

function appendView(writer: TopicWriter, record: FetchedRecord, partition: number): void {
  const { buffer, keyStart, keyBytes, valueStart, valueBytes } = record
  writer.append(
    record.timestamp,
    keyBytes < 0 ? null : buffer,
    keyStart,
    keyStart + keyBytes,
    valueBytes < 0 ? null : buffer,
    valueStart,
    valueStart + valueBytes,
    record.headers,
    partition,
  )
}
