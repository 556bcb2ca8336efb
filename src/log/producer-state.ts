import type { ProducerBatch, ProducerSnapshot } from '../storage/change.ts'
import type { RecoveredProducers, ReplayedBatch } from '../storage/recovered-state.ts'
import { checkCoordinator, checkMarkerEpoch, type ProducerClaim, sequenceAfter } from './producer-claim.ts'
import type { TransactionEnd } from './transaction-end.ts'

/** What a partition knows of one producer with an id. Read it; only `ProducerTable` writes it. */
export interface ProducerEntry {
  readonly producerId: number
  epoch: number
  /** Highest timestamp of its newest batch, -1 for none. */
  lastTimestamp: number
  /** When it was heard of last, by our clock. */
  lastSeenMs: number
  /** -1 before the first transaction marker. */
  coordinatorEpoch: number
  /** First offset of the open transaction, -1 for none. */
  transactionFirstOffset: number
  /** Its newest batches of this epoch, oldest first. */
  batches: ProducerBatch[]
}

/** Kafka's window: a producer may have 5 requests in flight, so any of its last 5 batches may come again. */
export const rememberedBatches = 5

/** The producers of one partition. A partition where none with an id ever wrote has no table. */
export class ProducerTable {
  readonly #entries = new Map<number, ProducerEntry>()

  /** The table as it was before a restart. Every producer counts as heard of now: expiry starts anew. */
  static recovered(recovered: RecoveredProducers, nowMs: number): ProducerTable {
    const table = new ProducerTable()
    for (const snapshot of recovered.snapshot) {
      table.#entries.set(snapshot.producerId, { ...snapshot, batches: [...snapshot.batches], lastSeenMs: nowMs })
    }
    for (const batch of recovered.replay) table.#replay(batch, nowMs)
    return table
  }

  get size(): number {
    return this.#entries.size
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  /** All producers, for DescribeProducers. */
  entries(): Iterable<ProducerEntry> {
    return this.#entries.values()
  }

  /** First offsets of the open transactions. */
  openTransactions(): number[] {
    return Array.from(this.#entries.values(), entry => entry.transactionFirstOffset).filter(offset => offset >= 0)
  }

  /** Remembers a batch that `judge` let pass and that has its place in the log now. */
  record(
    claim: ProducerClaim,
    place: { readonly baseOffset: number; readonly timestamp: number },
    nowMs: number,
  ): void {
    this.#remember(claim.producerId, claim.epoch, nowMs, {
      baseSequence: claim.baseSequence,
      lastSequence: sequenceAfter(claim.baseSequence, claim.lastOffsetDelta),
      baseOffset: place.baseOffset,
      lastOffset: place.baseOffset + claim.lastOffsetDelta,
      timestamp: place.timestamp,
    })
    if (claim.transactional) this.#begin(claim, place.baseOffset)
  }

  /**
   * Remembers the marker that ends a transaction. Answers the first offset of the one that was open, -1 if none was.
   * Throws `KafkaError` INVALID_PRODUCER_EPOCH or TRANSACTION_COORDINATOR_FENCED, and remembers nothing then.
   */
  end(end: TransactionEnd, nowMs: number): number {
    const { producerId, producerEpoch, coordinatorEpoch, timestampMs } = end
    const known = this.#entries.get(producerId)
    if (known) {
      checkMarkerEpoch(known, end)
      checkCoordinator(known, coordinatorEpoch)
    }
    const entry = this.#entryAt(producerId, producerEpoch)
    const firstOffset = entry.transactionFirstOffset
    close(entry, { coordinatorEpoch, timestamp: timestampMs, nowMs })
    return firstOffset
  }

  /**
   * Forgets producers not heard of since `beforeMs`, except within a transaction. Kafka goes by the timestamps of the
   * records, which makes it forget at once who writes old data; we go by when the batches came. Answers whether any was.
   */
  expire(beforeMs: number): boolean {
    const before = this.#entries.size
    for (const entry of this.#entries.values()) {
      if (entry.lastSeenMs <= beforeMs && entry.transactionFirstOffset < 0) this.#entries.delete(entry.producerId)
    }
    return this.#entries.size < before
  }

  snapshot(): ProducerSnapshot[] {
    return Array.from(this.#entries.values(), ({ lastSeenMs, ...entry }) => ({ ...entry, batches: [...entry.batches] }))
  }

  #remember(producerId: number, epoch: number, nowMs: number, batch: ProducerBatch): void {
    const entry = this.#entryAt(producerId, epoch)
    entry.lastSeenMs = nowMs
    entry.lastTimestamp = batch.timestamp
    if (entry.batches.length === rememberedBatches) entry.batches.shift()
    entry.batches.push(batch)
  }

  #begin({ producerId, epoch }: Pick<ProducerClaim, 'producerId' | 'epoch'>, firstOffset: number): void {
    const entry = this.#entryAt(producerId, epoch)
    if (entry.transactionFirstOffset < 0) entry.transactionFirstOffset = firstOffset
  }

  #entryAt(producerId: number, epoch: number): ProducerEntry {
    const entry = this.#entries.get(producerId)
    if (!entry) return this.#add(producerId, epoch)
    if (entry.epoch !== epoch) {
      entry.epoch = epoch
      entry.batches = []
    }
    return entry
  }

  #add(producerId: number, epoch: number): ProducerEntry {
    const entry: ProducerEntry = {
      producerId,
      epoch,
      lastTimestamp: -1,
      lastSeenMs: 0,
      coordinatorEpoch: -1,
      transactionFirstOffset: -1,
      batches: [],
    }
    this.#entries.set(producerId, entry)
    return entry
  }

  #replay(batch: ReplayedBatch, nowMs: number): void {
    if (batch.marker) {
      const { coordinatorEpoch } = batch.marker
      close(this.#entryAt(batch.producerId, batch.epoch), { coordinatorEpoch, timestamp: batch.maxTimestamp, nowMs })
      return
    }
    this.#remember(batch.producerId, batch.epoch, nowMs, {
      baseSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      timestamp: batch.maxTimestamp,
    })
    if (batch.transactional) this.#begin(batch, batch.baseOffset)
  }
}

// A marker may bring the epoch of the next transaction (KIP-890), but no sequence.
function close(
  entry: ProducerEntry,
  marker: { readonly coordinatorEpoch: number; readonly timestamp: number; readonly nowMs: number },
): void {
  entry.coordinatorEpoch = marker.coordinatorEpoch
  entry.transactionFirstOffset = -1
  entry.lastTimestamp = marker.timestamp
  entry.lastSeenMs = marker.nowMs
}
