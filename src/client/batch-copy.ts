import { batchAttributes, batchBytes, batchLastOffset, compressionOf } from '../protocol/records/batch.ts'
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
