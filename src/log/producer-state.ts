import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { ProducerBatch, ProducerSnapshot } from '../storage/change.ts'
import type { RecoveredProducers, ReplayedBatch } from '../storage/recovered-state.ts'

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

/** The fields of a batch that idempotence goes by. */
export interface ProducerClaim {
  readonly producerId: number
  readonly epoch: number
  readonly baseSequence: number
  /** Records in the batch, minus one. */
  readonly lastOffsetDelta: number
}

/** Kafka's window: a producer may have 5 requests in flight, so any of its last 5 batches may come again. */
export const rememberedBatches = 5

const sequenceMax = 2 ** 31 - 1

/** The sequence `count` after `sequence`. After 2^31-1 comes 0. */
export function sequenceAfter(sequence: number, count: number): number {
  const sum = sequence + count
  return sum > sequenceMax ? sum - sequenceMax - 1 : sum
}

/**
 * Judges a batch of an idempotent producer by what the partition knows of it (undefined: nothing).
 *
 * Returns the batch that it repeats; undefined if it is new and in order. Throws `KafkaError` INVALID_PRODUCER_EPOCH or
 * OUT_OF_ORDER_SEQUENCE_NUMBER. KIP-98, KIP-360.
 */
export function judge(entry: ProducerEntry | undefined, claim: ProducerClaim): ProducerBatch | undefined {
  // KIP-360: an unknown producer may start at any sequence, because expiry may have taken what we knew of it.
  if (!entry) return undefined
  if (claim.epoch < entry.epoch) {
    throw new KafkaError(
      ErrorCode.invalidProducerEpoch,
      `producer ${claim.producerId} has epoch ${claim.epoch}, but epoch ${entry.epoch} was seen already`,
    )
  }
  const newest = entry.batches[entry.batches.length - 1]
  if (claim.epoch > entry.epoch || !newest) {
    if (claim.baseSequence === 0) return undefined
    throw outOfOrder(claim, 'an epoch starts at sequence 0')
  }
  // In order is by far the most frequent case, and no repetition: the window is far smaller than the range.
  if (claim.baseSequence === sequenceAfter(newest.lastSequence, 1)) return undefined
  const lastSequence = sequenceAfter(claim.baseSequence, claim.lastOffsetDelta)
  const repeated = entry.batches.find(
    batch => batch.baseSequence === claim.baseSequence && batch.lastSequence === lastSequence,
  )
  if (repeated) return repeated
  throw outOfOrder(claim, `the last one seen is ${newest.lastSequence}`)
}

function outOfOrder(claim: ProducerClaim, reason: string): KafkaError {
  return new KafkaError(
    ErrorCode.outOfOrderSequenceNumber,
    `producer ${claim.producerId} with epoch ${claim.epoch} sent sequence ${claim.baseSequence}: ${reason}`,
  )
}

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
      this.#replayMarker(batch, batch.marker.coordinatorEpoch, nowMs)
      return
    }
    this.#remember(batch.producerId, batch.epoch, nowMs, {
      baseSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      timestamp: batch.maxTimestamp,
    })
    const entry = this.#entryAt(batch.producerId, batch.epoch)
    if (batch.transactional && entry.transactionFirstOffset < 0) entry.transactionFirstOffset = batch.baseOffset
  }

  // A marker may bring the epoch of the next transaction (KIP-890), but no sequence.
  #replayMarker(batch: ReplayedBatch, coordinatorEpoch: number, nowMs: number): void {
    const entry = this.#entryAt(batch.producerId, batch.epoch)
    entry.coordinatorEpoch = coordinatorEpoch
    entry.transactionFirstOffset = -1
    entry.lastTimestamp = batch.maxTimestamp
    entry.lastSeenMs = nowMs
  }
}
