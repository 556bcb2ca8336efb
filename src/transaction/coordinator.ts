import type { Env } from '../base/env.ts'
import type { ProducerIds } from '../log/producer-ids.ts'
import type { Topics } from '../log/topics.ts'
import type { TransactionEnd } from '../log/transaction-end.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { RecoveredState } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { Admissions, OffsetsAdmission, ProduceAdmission, TransactionClaim } from './admission.ts'
import { forClient } from './admission-errors.ts'
import type { Participant } from './participant.ts'
import type { TransactionSettings } from './settings.ts'
import { type Ended, end, fence, initialize, isTimedOut, type ProducerIdentity } from './transaction.ts'
import { addPartition, hasPartition, type TransactionEntry } from './transaction-entry.ts'
import { requireTransactionalId, TransactionTable } from './transaction-table.ts'

export interface TransactionCoordinatorOptions {
  readonly env: Env
  readonly writes: WriteQueue
  readonly recovered: Pick<RecoveredState, 'transactions'>
  /** As recovered: what they hold of open transactions takes part in them. */
  readonly topics: Topics
  readonly producerIds: ProducerIds
  readonly participants: readonly Participant[]
  readonly settings: () => TransactionSettings
}

export interface InitializeRequest {
  readonly transactionalId: string
  readonly timeoutMs: number
  /** KIP-360: who the producer was, where it goes on after an error. */
  readonly expected: ProducerIdentity | undefined
}

export interface EndTransactionRequest extends TransactionClaim {
  readonly committed: boolean
  /** EndTxn v5 (KIP-890): the next transaction has the next epoch. */
  readonly bumpsEpoch: boolean
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** With a single node there is one coordinator, and no newer one ever takes its place. */
const coordinatorEpoch = 0
/** Transactional ids that are forgotten in one step. */
const expiredPerStep = 1000

/**
 * Coordinates the transactions of all transactional ids (KIP-98, KIP-360, KIP-890). What it decides holds in memory at
 * once and is answered when it is durable, except for what is added to a transaction: that only has to be on the disk
 * before the batches and offsets that follow, and the order of writes sees to it.
 *
 * The end of a transaction is one commit: the markers in all partitions, the offsets of all groups, and the new state.
 * After a crash a transaction is wholly ended or still open.
 */
export class TransactionCoordinator implements Admissions {
  readonly #options: TransactionCoordinatorOptions
  readonly #table: TransactionTable

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
    this.#table = new TransactionTable({ clock: options.env.clock, writes: options.writes })
    this.#table.restore(options.recovered.transactions, options.topics)
  }

  /**
   * InitProducerId: a producer starts, or starts anew after an error. Earlier producers of this transactional id are
   * fenced, their open transaction is aborted.
   *
   * Rejects with `KafkaError` INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT, PRODUCER_FENCED, or
   * CONCURRENT_TRANSACTIONS: come again, an open transaction had to be aborted first.
   */
  async initialize({ transactionalId, timeoutMs, expected }: InitializeRequest): Promise<ProducerIdentity> {
    requireTransactionalId(transactionalId)
    if (timeoutMs <= 0 || timeoutMs > this.#options.settings().timeoutMsMax) {
      const reason = `a transaction timeout of ${timeoutMs} ms is not above 0 and up to transaction.max.timeout.ms`
      throw new KafkaError(ErrorCode.invalidTransactionTimeout, reason)
    }
    const outcome = await this.#table.decide(transactionalId, this.#allocate, newProducerId => {
      const request = { timeoutMs, expected, nowMs: this.#nowMs() }
      return initialize(this.#table.get(transactionalId)?.transaction, request, newProducerId)
    })
    if (outcome.kind === 'fence') {
      const entry = this.#table.known(transactionalId)
      await this.#end(entry, fence(entry.transaction, this.#nowMs()))
      throw new KafkaError(ErrorCode.concurrentTransactions, 'the open transaction was aborted: come again')
    }
    await this.#table.initialized(transactionalId, outcome.transaction)
    return identityOf(outcome.transaction)
  }

  /**
   * AddPartitionsToTxn, which opens the transaction if need be. The partitions must exist. Throws `KafkaError`
   * INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED or CONCURRENT_TRANSACTIONS.
   */
  addPartitions(claim: TransactionClaim, partitions: readonly TopicPartition[]): void {
    const entry = this.#table.free(claim)
    const isOpen = entry.transaction.state === 'Ongoing'
    if (isOpen && partitions.every(({ topic, partition }) => hasPartition(entry, topic, partition))) return
    this.#table.begin(entry)
    for (const { topic, partition } of partitions) addPartition(entry, topic, partition)
    this.#table.save(entry)
  }

  /** AddOffsetsToTxn, which opens the transaction if need be. Throws as `addPartitions`. */
  addGroup(claim: TransactionClaim & { readonly groupId: string }): void {
    const entry = this.#table.free(claim)
    if (entry.transaction.state === 'Ongoing' && entry.groups.has(claim.groupId)) return
    this.#table.begin(entry)
    entry.groups.add(claim.groupId)
    this.#table.save(entry)
  }

  /**
   * AddPartitionsToTxn that only asks. Throws `KafkaError` INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED
   * or TRANSACTION_ABORTABLE (the partition is not part of the transaction).
   */
  verifyPartition(claim: TransactionClaim, { topic, partition }: TopicPartition): void {
    if (hasPartition(this.#table.owned(claim), topic, partition)) return
    const reason = `partition ${partition} of '${topic}' is not part of the transaction`
    throw new KafkaError(ErrorCode.transactionAbortable, reason)
  }

  /**
   * EndTxn. Resolves with the identity of the next transaction's producer when the end is durable. Rejects with
   * `KafkaError` INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS or
   * INVALID_TXN_STATE.
   */
  async end({ committed, bumpsEpoch, ...claim }: EndTransactionRequest): Promise<ProducerIdentity> {
    const { transactionalId } = claim
    requireTransactionalId(transactionalId)
    if (!committed && !bumpsEpoch && this.#wasLost(claim)) return identityOf(claim)
    const outcome = await this.#table.decide(transactionalId, this.#allocate, newProducerId => {
      const request = { committed, bumpsEpoch, nowMs: this.#nowMs() }
      return end(this.#table.known(transactionalId).transaction, claim, request, newProducerId)
    })
    const entry = this.#table.known(transactionalId)
    if (outcome.kind === 'repeated') {
      const identity = identityOf(entry.transaction)
      // The first answer may still wait for the disk.
      await this.#options.writes.flush()
      return identity
    }
    await this.#end(entry, outcome)
    return identityOf(outcome.transaction)
  }

  admitProduce(request: ProduceAdmission): void {
    forClient(request, () => {
      if (request.implicit || this.#mayHaveLost(request)) {
        const entry = this.#opened(request)
        addPartition(entry, request.topic, request.partition)
      } else if (this.#options.settings().verifiesPartitions) this.verifyPartition(request, request)
    })
  }

  admitOffsets(request: OffsetsAdmission): void {
    const { groupId } = request
    forClient(request, () => {
      if (request.implicit || this.#mayHaveLost(request)) {
        this.#opened(request).groups.add(groupId)
      } else if (this.#options.settings().verifiesPartitions && !this.#table.owned(request).groups.has(groupId)) {
        throw new KafkaError(ErrorCode.transactionAbortable, `group '${groupId}' is not part of the transaction`)
      }
    })
  }

  /** All transactional ids. */
  all(): Iterable<TransactionEntry> {
    return this.#table.all()
  }

  /** Throws `KafkaError` INVALID_REQUEST or TRANSACTIONAL_ID_NOT_FOUND. */
  find(transactionalId: string): TransactionEntry {
    requireTransactionalId(transactionalId)
    const entry = this.#table.get(transactionalId)
    if (!entry)
      throw new KafkaError(ErrorCode.transactionalIdNotFound, `there is no transactional id '${transactionalId}'`)
    return entry
  }

  /** Aborts transactions that are open for longer than their producers asked for. A job calls it now and then. */
  abortTimedOut(): void {
    const nowMs = this.#nowMs()
    for (const entry of this.#table.open()) {
      const { transactionalId, transaction } = entry
      if (!isTimedOut(transaction, nowMs) || this.#table.isPending(transactionalId)) continue
      this.#options.env.log.info('a transaction took too long and is aborted', { transactionalId })
      this.#end(entry, fence(transaction, nowMs))
    }
  }

  /** Forgets transactional ids that have not been used for long. A job calls it now and then. */
  async expireIds(signal?: AbortSignal): Promise<void> {
    const beforeMs = this.#nowMs() - this.#options.settings().idExpirationMs
    const isExpired = ({ transactionalId, transaction }: TransactionEntry): boolean =>
      transaction.state !== 'Ongoing' && transaction.updatedMs <= beforeMs && !this.#table.isPending(transactionalId)
    const expired = Array.from(this.#table.all()).filter(isExpired)
    for (let at = 0; at < expired.length && !signal?.aborted; at += expiredPerStep) {
      const step = expired.slice(at, at + expiredPerStep).filter(isExpired)
      for (const { transactionalId } of step) this.#table.delete(transactionalId)
      await this.#options.writes.flush()
    }
  }

  /** The entry of a producer that adds by writing: its transaction is open then. What is added need not be saved. */
  #opened(claim: TransactionClaim): TransactionEntry {
    const entry = this.#table.free(claim)
    if (this.#table.begin(entry)) this.#table.save(entry)
    return entry
  }

  #mayHaveLost({ transactionalId }: TransactionClaim): boolean {
    return this.#table.get(transactionalId)?.mayHaveLost ?? false
  }

  /** A producer of the first generation wants to abort what it has begun and a crash has lost: there is nothing to do. */
  #wasLost(claim: TransactionClaim): boolean {
    return this.#mayHaveLost(claim) && this.#table.owned(claim).transaction.state !== 'Ongoing'
  }

  #end(entry: TransactionEntry, { transaction, marker }: Ended): Promise<void> {
    const { writes, participants } = this.#options
    return new Promise(resolve =>
      writes.together(() => {
        this.#writeMarkers(entry, { ...marker, coordinatorEpoch, timestampMs: transaction.updatedMs })
        for (const participant of participants) participant.end(marker)
        // The last of them: when it is durable, readers see what was committed.
        this.#table.ended(entry, transaction, resolve)
      }),
    )
  }

  #writeMarkers({ partitions }: TransactionEntry, end: TransactionEnd): void {
    for (const [name, indexes] of partitions) {
      const topic = this.#options.topics.get(name)
      for (const index of indexes) {
        try {
          topic?.partitions[index]?.endTransaction(end, () => {})
        } catch (error) {
          // As in Kafka: a partition where somebody has written a newer epoch's marker by hand has no need of this one.
          if (!(error instanceof KafkaError)) throw error
          this.#options.env.log.warn('a partition refused a marker', { topic: name, partition: index })
        }
      }
    }
  }

  readonly #allocate = (): Promise<number> => this.#options.producerIds.allocate()

  #nowMs(): number {
    return this.#options.env.clock.now()
  }
}

function identityOf({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch }
}
