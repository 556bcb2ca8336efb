import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import {
  batchAttributes,
  batchBaseSequence,
  batchProducerEpoch,
  batchProducerId,
  headerAt,
  isTransactional,
} from '../protocol/records/batch.ts'
import type { ProducerBatch } from '../storage/change.ts'
import type { ProducerEntry } from './producer-state.ts'
import type { TransactionEnd } from './transaction-end.ts'

/** The fields of a batch that idempotence goes by. */
export interface ProducerClaim {
  readonly producerId: number
  readonly epoch: number
  readonly baseSequence: number
  /** Records in the batch, minus one. */
  readonly lastOffsetDelta: number
  readonly transactional: boolean
  /** Its producer begins each transaction at sequence 0 (second generation, KIP-890). */
  readonly startsAtZero: boolean
}

/** What a batch claims; undefined without a producer id. */
export function claimOf(batch: Buffer, startsAtZero: boolean): ProducerClaim | undefined {
  const producerId = batchProducerId(batch)
  if (producerId < 0) return undefined
  return {
    producerId,
    epoch: batchProducerEpoch(batch),
    baseSequence: batchBaseSequence(batch),
    lastOffsetDelta: batch.readInt32BE(headerAt.lastOffsetDelta),
    transactional: isTransactional(batchAttributes(batch)),
    startsAtZero,
  }
}

const sequenceMax = 2 ** 31 - 1

/** The sequence `count` after `sequence`. After 2^31-1 comes 0. */
export function sequenceAfter(sequence: number, count: number): number {
  const sum = sequence + count
  return sum > sequenceMax ? sum - sequenceMax - 1 : sum
}

/**
 * Judges a batch of an idempotent producer by what the partition knows of it (undefined: nothing).
 *
 * Returns the batch that it repeats; undefined if it is new and in order. Throws `KafkaError` INVALID_PRODUCER_EPOCH,
 * OUT_OF_ORDER_SEQUENCE_NUMBER or INVALID_TXN_STATE. KIP-98, KIP-360.
 */
export function judge(entry: ProducerEntry | undefined, claim: ProducerClaim): ProducerBatch | undefined {
  const repeated = judgeSequence(entry, claim)
  if (!repeated && entry && entry.transactionFirstOffset >= 0 && !claim.transactional) {
    const reason = `producer ${claim.producerId} sent a batch outside of the transaction that it has open`
    throw new KafkaError(ErrorCode.invalidTxnState, reason)
  }
  return repeated
}

function judgeSequence(entry: ProducerEntry | undefined, claim: ProducerClaim): ProducerBatch | undefined {
  if (!entry) {
    // KIP-360: an unknown producer may start at any sequence, because expiry may have taken what we knew of it.
    if (!claim.startsAtZero || claim.baseSequence === 0) return undefined
    throw outOfOrder(claim, 'a transaction starts at sequence 0')
  }
  checkEpoch(entry, claim.epoch)
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

function checkEpoch({ producerId, epoch: seen }: ProducerEntry, epoch: number): void {
  if (epoch >= seen) return
  const reason = `producer ${producerId} has epoch ${epoch}, but epoch ${seen} was seen already`
  throw new KafkaError(ErrorCode.invalidProducerEpoch, reason)
}

/** Throws `KafkaError` INVALID_PRODUCER_EPOCH for a marker that comes too late, KIP-890 and KIP-1228. */
export function checkMarkerEpoch(
  entry: ProducerEntry,
  { producerEpoch, transactionVersion = 0 }: TransactionEnd,
): void {
  checkEpoch(entry, producerEpoch)
  // The same marker once more does no harm where nothing is open.
  if (transactionVersion < 2 || producerEpoch > entry.epoch || entry.transactionFirstOffset < 0) return
  const reason = `a marker with epoch ${producerEpoch} cannot end what began with it: the next one is due`
  throw new KafkaError(ErrorCode.invalidProducerEpoch, reason)
}

/** Throws `KafkaError` TRANSACTION_COORDINATOR_FENCED for a coordinator that another one has followed. */
export function checkCoordinator(
  { producerId, coordinatorEpoch: seen }: ProducerEntry,
  coordinatorEpoch: number,
): void {
  if (coordinatorEpoch >= seen) return
  const reason = `the coordinator of producer ${producerId} has epoch ${coordinatorEpoch}, but ${seen} was seen already`
  throw new KafkaError(ErrorCode.transactionCoordinatorFenced, reason)
}

function outOfOrder(claim: ProducerClaim, reason: string): KafkaError {
  return new KafkaError(
    ErrorCode.outOfOrderSequenceNumber,
    `producer ${claim.producerId} with epoch ${claim.epoch} sent sequence ${claim.baseSequence}: ${reason}`,
  )
}
