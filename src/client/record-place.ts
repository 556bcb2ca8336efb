import {
  batchAttributes,
  batchLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  type TimestampType,
  timestampTypeOf,
} from '../protocol/records/batch.ts'
import type { AnsweredBatches } from './fetched-records.ts'

/** Where a record was read: its partition, and the batch that it came in. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  /** Offsets of the partition as the last answer of the broker says them. */
  readonly logStartOffset: number
  readonly lastStableOffset: number
  readonly highWatermark: number
  /** The broker that sent it. */
  readonly leaderId: number
  readonly leaderEpoch: number
  /** -1 without idempotence. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly timestampType: TimestampType
}

/** The place of the records in the batch at `at`. */
export function placeOf(fetched: AnsweredBatches, at: number): RecordPlace {
  const { topic, partition, logStartOffset, lastStableOffset, highWatermark, leaderId, bytes } = fetched
  return {
    topic,
    partition,
    logStartOffset,
    lastStableOffset,
    highWatermark,
    leaderId,
    leaderEpoch: batchLeaderEpoch(bytes, at),
    producerId: batchProducerId(bytes, at),
    producerEpoch: batchProducerEpoch(bytes, at),
    timestampType: timestampTypeOf(batchAttributes(bytes, at)),
  }
}
