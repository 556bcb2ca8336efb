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
  /**
   * What a marker from outside says of its coordinator's `transaction.version` (KIP-1228). From 2 on each end has an epoch
   * of its own, so that a late marker is known by not having a higher one. Default 0.
   */
  readonly transactionVersion?: number
}

/** The marker that ends the transaction, ready to be stored at this place of a log: a batch of one control record. */
export function markerBatch(
  end: TransactionEnd,
  place: { readonly baseOffset: number; readonly leaderEpoch: number },
): Buffer {
  const { producerId, producerEpoch, coordinatorEpoch, committed, timestampMs: timestamp } = end
  const marker = endMarkerBatch({ producerId, producerEpoch, coordinatorEpoch, committed, timestamp })
  assignOffset(marker, 0, place)
  return marker
}
