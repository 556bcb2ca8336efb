import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchesIn,
  batchLastOffset,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  isControl,
  isTransactional,
} from '../protocol/records/batch.ts'
import { controlTypeOf } from '../protocol/records/control.ts'
import { recordsIn } from '../protocol/records/record.ts'
import type { Connection } from './database.ts'
import type { ReplayedBatch } from './recovered-state.ts'

/**
 * The headers of all batches with a producer id in rows newer than `savedBatchId`, by partition, in order of offset.
 * `uptoOffset` tells what the partition's snapshot covers already.
 */
export function replayedBatches(
  database: Connection,
  savedBatchId: number,
  uptoOffset: (partitionId: number) => number,
): Map<number, ReplayedBatch[]> {
  const rows = database.prepare('SELECT partition_id AS partitionId, data FROM batch WHERE id > ? ORDER BY id')
  const replays = new Map<number, ReplayedBatch[]>()
  for (const row of rows.iterate(savedBatchId) as Iterable<{ partitionId: number; data: Buffer }>) {
    for (const at of batchesIn(row.data)) {
      if (batchProducerId(row.data, at) < 0 || batchBaseOffset(row.data, at) < uptoOffset(row.partitionId)) continue
      const batch = replayedBatch(row.data, at)
      if (!batch) continue
      const batches = replays.get(row.partitionId)
      if (batches) batches.push(batch)
      else replays.set(row.partitionId, [batch])
    }
  }
  return replays
}

/**
 * What the batch at `at`, which has a producer id, says of its producer. Undefined for a control batch that says nothing:
 * compaction took its marker, with all that it ended.
 */
export function replayedBatch(data: Buffer, at: number): ReplayedBatch | undefined {
  const attributes = batchAttributes(data, at)
  const marker = isControl(attributes) ? endOfTransaction(data, at) : undefined
  if (isControl(attributes) && !marker) return undefined
  const baseOffset = batchBaseOffset(data, at)
  const lastOffset = batchLastOffset(data, at)
  const baseSequence = batchBaseSequence(data, at)
  return {
    producerId: batchProducerId(data, at),
    epoch: batchProducerEpoch(data, at),
    baseSequence,
    lastSequence: lastSequence(baseSequence, lastOffset - baseOffset),
    baseOffset,
    lastOffset,
    maxTimestamp: batchMaxTimestamp(data, at),
    // A batch that compaction left for its sequence alone belongs to a transaction that has ended: the marker may be gone.
    transactional: isTransactional(attributes) && batchRecordCount(data, at) > 0,
    marker,
  }
}

/** Sequence numbers count to 2^31 - 1 and go on at 0. */
function lastSequence(baseSequence: number, delta: number): number {
  return baseSequence < 0 ? -1 : (baseSequence + delta) % 2 ** 31
}

/** What the one record of a control batch says; undefined for kinds of later versions. */
function endOfTransaction(data: Buffer, at: number): ReplayedBatch['marker'] {
  for (const { key, value } of recordsIn(data, at)) {
    const type = controlTypeOf(key)
    // Version (int16), then the coordinator's epoch (int32).
    if (type !== 'other') return { committed: type === 'commit', coordinatorEpoch: value?.readInt32BE(2) ?? -1 }
  }
  return undefined
}
