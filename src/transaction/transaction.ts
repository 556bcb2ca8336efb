import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { TransactionClaim } from './admission.ts'

/** Kafka's states, but for those that only exist between two writes of its coordinator: here an end is one commit. */
export type TransactionState = 'Empty' | 'Ongoing' | 'CompleteCommit' | 'CompleteAbort'

/** What the coordinator knows of a transactional id, besides what takes part in the open transaction. */
export interface Transaction {
  readonly producerId: number
  /** The producer id before the last change of anything; -1 at first. Tells a retry after the id has changed. */
  readonly previousProducerId: number
  readonly producerEpoch: number
  /** The epoch before the last bump; -1 where a retry must not be taken for its owner's. */
  readonly lastProducerEpoch: number
  /** What the producer asked for: the transaction is aborted when it is open for longer. */
  readonly timeoutMs: number
  readonly state: TransactionState
  /** When the newest transaction was opened, -1 for none. */
  readonly startMs: number
  readonly updatedMs: number
}

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** What the partitions and participants are told of an end. */
export interface EndMarker extends ProducerIdentity {
  readonly committed: boolean
}

/** To be decided again, with a new producer id: the epochs of the old one are used up, or there is none. */
export interface ProducerIdNeeded {
  readonly kind: 'producerIdNeeded'
}

export interface InitRequest {
  readonly timeoutMs: number
  /** KIP-360: who the producer was, where it goes on after an error. */
  readonly expected: ProducerIdentity | undefined
  readonly nowMs: number
}

export type InitOutcome =
  | { readonly kind: 'initialized'; readonly transaction: Transaction }
  /** There is an open transaction: abort it first, by `fence`, and have the client come again. */
  | { readonly kind: 'fence' }
  | ProducerIdNeeded

export interface Ended {
  readonly kind: 'ended'
  readonly transaction: Transaction
  readonly marker: EndMarker
}

/** `repeated`: the same end was decided before, and the client has not heard of it. */
export type EndOutcome = Ended | { readonly kind: 'repeated' } | ProducerIdNeeded

export interface EndRequest extends ProducerIdentity {
  readonly committed: boolean
  /** The second generation (KIP-890, EndTxn v5): each end brings the next epoch. */
  readonly bumpsEpoch: boolean
  readonly nowMs: number
}

const epochMax = 2 ** 15 - 1
const producerIdNeeded: ProducerIdNeeded = { kind: 'producerIdNeeded' }

/** The last epoch is never given to a client, so that whoever has the last but one can still be fenced. */
function isExhausted(epoch: number): boolean {
  return epoch >= epochMax - 1
}

/**
 * InitProducerId of a transactional id, undefined where it is new: fences earlier producers by the next epoch (KIP-98,
 * KIP-360). Throws `KafkaError` PRODUCER_FENCED.
 */
export function initialize(
  transaction: Transaction | undefined,
  request: InitRequest,
  newProducerId?: number,
): InitOutcome {
  const { timeoutMs, expected, nowMs } = request
  const fresh = { timeoutMs, state: 'Empty', startMs: -1, updatedMs: nowMs } as const
  const initialized = (identity: ProducerIdentity, lastProducerEpoch: number): InitOutcome => ({
    kind: 'initialized',
    transaction: { ...fresh, ...identity, previousProducerId: transaction?.producerId ?? -1, lastProducerEpoch },
  })
  const withNewId = (lastProducerEpoch: number): InitOutcome =>
    newProducerId === undefined
      ? producerIdNeeded
      : initialized({ producerId: newProducerId, producerEpoch: 0 }, lastProducerEpoch)

  // KIP-360: what was expected of an id that has expired does not count.
  if (!transaction) return withNewId(-1)
  const { producerId, producerEpoch, lastProducerEpoch } = transaction
  if (expected && !mayBe(transaction, expected)) throw fenced(transaction, expected.producerEpoch)
  if (transaction.state === 'Ongoing') return { kind: 'fence' }
  const goesOn = expected?.producerEpoch === producerEpoch
  const comesAgain = expected !== undefined && !goesOn && expected.producerEpoch === lastProducerEpoch
  if (expected && !goesOn && !comesAgain) throw fenced(transaction, expected.producerEpoch)
  if (isExhausted(producerEpoch)) return withNewId(expected?.producerEpoch ?? -1)
  // Its first request was answered, but the answer was lost. Had another producer come since, there would be no last epoch.
  if (comesAgain) return initialized({ producerId, producerEpoch }, lastProducerEpoch)
  return initialized({ producerId, producerEpoch: producerEpoch + 1 }, goesOn ? producerEpoch : -1)
}

/** Whether a producer can have been who it says: the present id, or the one before, whose epochs were used up. */
function mayBe(transaction: Transaction, expected: ProducerIdentity): boolean {
  if (expected.producerId === transaction.producerId) return true
  return expected.producerId === transaction.previousProducerId && isExhausted(expected.producerEpoch)
}

/** Throws `KafkaError` INVALID_PRODUCER_ID_MAPPING or PRODUCER_FENCED for who is not the present producer. */
export function checkProducer(
  transaction: Transaction | undefined,
  claim: TransactionClaim,
): asserts transaction is Transaction {
  if (transaction?.producerId !== claim.producerId) {
    throw new KafkaError(
      ErrorCode.invalidProducerIdMapping,
      `producer ${claim.producerId} is not the one of the transactional id '${claim.transactionalId}'`,
    )
  }
  if (transaction.producerEpoch !== claim.producerEpoch) throw fenced(transaction, claim.producerEpoch)
}

/** Something is added: a transaction is open from now on. Answers `transaction` itself where one is open already. */
export function begin(transaction: Transaction, nowMs: number): Transaction {
  if (transaction.state === 'Ongoing') return transaction
  return {
    ...transaction,
    previousProducerId: transaction.producerId,
    state: 'Ongoing',
    startMs: nowMs,
    updatedMs: nowMs,
  }
}

/** EndTxn. Throws `KafkaError` INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED or INVALID_TXN_STATE. */
export function end(
  transaction: Transaction,
  claim: TransactionClaim,
  request: Omit<EndRequest, keyof ProducerIdentity>,
  newProducerId?: number,
): EndOutcome {
  return request.bumpsEpoch
    ? endAndBump(transaction, claim, request, newProducerId)
    : endInEpoch(transaction, claim, request)
}

type EndWish = Pick<EndRequest, 'committed' | 'nowMs'>

/** The first generation: the epoch stays, so that a retry cannot be told from an end of nothing. */
function endInEpoch(transaction: Transaction, claim: TransactionClaim, { committed, nowMs }: EndWish): EndOutcome {
  checkProducer(transaction, claim)
  if (transaction.state !== 'Ongoing') {
    if (transaction.state !== completed(committed)) throw wrongState(transaction, committed)
    return { kind: 'repeated' }
  }
  const { producerId, producerEpoch } = transaction
  return {
    kind: 'ended',
    transaction: {
      ...transaction,
      previousProducerId: producerId,
      state: completed(committed),
      updatedMs: nowMs,
    },
    marker: { producerId, producerEpoch, committed },
  }
}

/** The second generation (KIP-890): the epoch tells a retry, and nothing can be aborted too, which bumps as well. */
function endAndBump(
  transaction: Transaction,
  claim: TransactionClaim,
  { committed, nowMs }: EndWish,
  newProducerId: number | undefined,
): EndOutcome {
  const isRetry = isRetryOfEnd(transaction, claim)
  if (!isRetry) checkProducer(transaction, claim)
  switch (transaction.state) {
    case 'Ongoing':
      return bumped(transaction, { committed, nowMs }, newProducerId)
    case 'Empty':
      if (committed) throw wrongState(transaction, committed)
      return bumped(transaction, { committed, nowMs }, newProducerId)
    case 'CompleteCommit':
    case 'CompleteAbort':
      if (isRetry && transaction.state === completed(committed)) return { kind: 'repeated' }
      if (isRetry || committed) throw wrongState(transaction, committed)
      return bumped(transaction, { committed, nowMs }, newProducerId)
  }
}

/** The producer names the epoch that the last end left behind, perhaps with the id that went with it. */
function isRetryOfEnd(transaction: Transaction, claim: TransactionClaim): boolean {
  if (transaction.state !== 'CompleteCommit' && transaction.state !== 'CompleteAbort') return false
  if (claim.producerId === transaction.producerId) return claim.producerEpoch === transaction.producerEpoch - 1
  const idChanged = claim.producerId === transaction.previousProducerId && transaction.producerEpoch === 0
  return idChanged && claim.producerEpoch === epochMax - 1
}

function bumped(
  transaction: Transaction,
  { committed, nowMs }: EndWish,
  newProducerId: number | undefined,
): Ended | ProducerIdNeeded {
  const { producerId, producerEpoch } = transaction
  const exhausted = isExhausted(producerEpoch)
  if (exhausted && newProducerId === undefined) return producerIdNeeded
  return {
    kind: 'ended',
    transaction: {
      ...transaction,
      producerId: exhausted && newProducerId !== undefined ? newProducerId : producerId,
      previousProducerId: producerId,
      producerEpoch: exhausted ? 0 : producerEpoch + 1,
      lastProducerEpoch: producerEpoch,
      state: completed(committed),
      startMs: transaction.state === 'Ongoing' ? transaction.startMs : nowMs,
      updatedMs: nowMs,
    },
    marker: { producerId, producerEpoch: producerEpoch + 1, committed },
  }
}

/**
 * Aborts an open transaction in place of its producer, whose epoch ends: it took too long, or another one comes. What it
 * still sends is refused; it may go on with the next epoch (KIP-360), unless another one has taken that.
 */
export function fence(transaction: Transaction, nowMs: number): Ended {
  const { producerId, producerEpoch } = transaction
  return {
    kind: 'ended',
    transaction: {
      ...transaction,
      previousProducerId: producerId,
      producerEpoch: producerEpoch + 1,
      lastProducerEpoch: producerEpoch,
      state: 'CompleteAbort',
      updatedMs: nowMs,
    },
    marker: { producerId, producerEpoch: producerEpoch + 1, committed: false },
  }
}

/** An open transaction takes longer than its producer asked for. */
export function isTimedOut({ state, startMs, timeoutMs }: Transaction, nowMs: number): boolean {
  return state === 'Ongoing' && startMs + timeoutMs < nowMs
}

function completed(committed: boolean): TransactionState {
  return committed ? 'CompleteCommit' : 'CompleteAbort'
}

function fenced({ producerId, producerEpoch }: Transaction, claimedEpoch: number): KafkaError {
  return new KafkaError(
    ErrorCode.producerFenced,
    `epoch ${claimedEpoch} is not the one of producer ${producerId}, which is ${producerEpoch}`,
  )
}

function wrongState({ state }: Transaction, committed: boolean): KafkaError {
  return new KafkaError(
    ErrorCode.invalidTxnState,
    `the transaction is ${state} and cannot be ${committed ? 'committed' : 'aborted'}`,
  )
}
