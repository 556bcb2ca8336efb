import { assignOffset } from '../protocol/records/batch.ts'
import { endMarkerBatch } from '../protocol/records/control.ts'

/** The end of a producer's transaction, as the coordinator decided it: the same for each partition that takes part. */
export interface TransactionEnd {
  readonly producerId: number
  /** With the second generation of transactions (KIP-890) the epoch of the next one. */
  readonly producerEpoch: number
  /** Of the coordinator that decided. With a single node it is always the same. */
  readonly coordinatorEpoch: number
  readonly committed: boolean
  readonly timestampMs: number
}

/** The marker that ends the transaction, ready to be stored at this place of a log: a batch of one control record. */
export function markerBatch(
  end: TransactionEnd,
  place: { readonly baseOffset: number; readonly leaderEpoch: number },
): Buffer {
  const { timestampMs, ...decided } = end
  const marker = endMarkerBatch({ ...decided, timestamp: timestampMs })
  assignOffset(marker, 0, place)
  return marker
}
