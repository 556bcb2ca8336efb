import type { Env } from '../base/env.ts'
import type { ProducerIds } from '../log/producer-ids.ts'
import type { Topics } from '../log/topics.ts'
import type { TransactionEnd } from '../log/transaction-end.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { RecoveredState } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { Admissions, OffsetsAdmission, ProduceAdmission, TransactionClaim } from './admission.ts'
import { forClient, requireTransactionalId } from './admission-errors.ts'
import { openProducers } from './open-producers.ts'
import type { Participant } from './participant.ts'
import type { TransactionSettings } from './settings.ts'
import {
  begin,
  checkProducer,
  type Ended,
  end,
  fence,
  initialize,
  isTimedOut,
  type ProducerIdentity,
  type ProducerIdNeeded,
} from './transaction.ts'
import {
  addPartition,
  entryOf,
  hasPartition,
  newEntry,
  storedEntry,
  type TransactionEntry,
} from './transaction-entry.ts'

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
  readonly #entries = new Map<string, TransactionEntry>()
  /** Those with an open transaction. */
  readonly #open = new Set<TransactionEntry>()
  /** Transactional ids that wait for a new producer id: Kafka's pending transitions. */
  readonly #pending = new Set<string>()

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
    for (const stored of options.recovered.transactions) {
      const entry = entryOf(stored)
      this.#entries.set(entry.transactionalId, entry)
      if (entry.transaction.state === 'Ongoing') this.#open.add(entry)
    }
    if (this.#open.size === 0) return
    const byProducer = openProducers(options.topics)
    for (const entry of this.#open) {
      for (const { topic, partition } of byProducer.get(entry.transaction.producerId) ?? [])
        addPartition(entry, topic, partition)
    }
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
    const outcome = await this.#withProducerId(transactionalId, newProducerId =>
      initialize(
        this.#entries.get(transactionalId)?.transaction,
        { timeoutMs, expected, nowMs: this.#nowMs() },
        newProducerId,
      ),
    )
    if (outcome.kind === 'fence') {
      const entry = this.#entries.get(transactionalId)
      if (entry) await this.#end(entry, fence(entry.transaction, this.#nowMs()))
      throw new KafkaError(ErrorCode.concurrentTransactions, 'the open transaction was aborted: come again')
    }
    const entry = this.#entries.get(transactionalId) ?? newEntry(transactionalId, outcome.transaction)
    entry.transaction = outcome.transaction
    entry.mayHaveLost = false
    this.#entries.set(transactionalId, entry)
    await this.#save(entry)
    const { producerId, producerEpoch } = outcome.transaction
    return { producerId, producerEpoch }
  }

  /**
   * AddPartitionsToTxn, which opens the transaction if need be. The partitions must exist. Throws `KafkaError`
   * INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED or CONCURRENT_TRANSACTIONS.
   */
  addPartitions(claim: TransactionClaim, partitions: readonly TopicPartition[]): void {
    const entry = this.#claimed(claim)
    const isOpen = entry.transaction.state === 'Ongoing'
    if (isOpen && partitions.every(({ topic, partition }) => hasPartition(entry, topic, partition))) return
    this.#begin(entry)
    for (const { topic, partition } of partitions) addPartition(entry, topic, partition)
    this.#save(entry)
  }

  /** AddOffsetsToTxn, which opens the transaction if need be. Throws as `addPartitions`. */
  addGroup(claim: TransactionClaim & { readonly groupId: string }): void {
    const entry = this.#claimed(claim)
    if (entry.transaction.state === 'Ongoing' && entry.groups.has(claim.groupId)) return
    this.#begin(entry)
    entry.groups.add(claim.groupId)
    this.#save(entry)
  }

  /**
   * AddPartitionsToTxn that only asks. Throws `KafkaError` INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED
   * or TRANSACTION_ABORTABLE (the partition is not part of the transaction).
   */
  verifyPartition(claim: TransactionClaim, { topic, partition }: TopicPartition): void {
    const entry = this.#existing(claim)
    if (hasPartition(entry, topic, partition)) return
    const reason = `partition ${partition} of '${topic}' is not part of the transaction`
    throw new KafkaError(ErrorCode.transactionAbortable, reason)
  }

  /**
   * EndTxn. Resolves with the identity of the next transaction's producer when the end is durable. Rejects with
   * `KafkaError` INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS or
   * INVALID_TXN_STATE.
   */
  async end({ committed, bumpsEpoch, ...claim }: EndTransactionRequest): Promise<ProducerIdentity> {
    requireTransactionalId(claim.transactionalId)
    if (!committed && !bumpsEpoch && this.#wasLost(claim)) return claim
    const outcome = await this.#withProducerId(claim.transactionalId, newProducerId =>
      end(
        this.#known(claim.transactionalId).transaction,
        claim,
        { committed, bumpsEpoch, nowMs: this.#nowMs() },
        newProducerId,
      ),
    )
    const entry = this.#known(claim.transactionalId)
    // The first answer may still wait for the disk.
    if (outcome.kind === 'repeated') await this.#options.writes.flush()
    else await this.#end(entry, outcome)
    const { producerId, producerEpoch } = outcome.kind === 'ended' ? outcome.transaction : entry.transaction
    return { producerId, producerEpoch }
  }

  admitProduce(request: ProduceAdmission): void {
    const { topic, partition } = request
    forClient(request, () => {
      if (request.implicit || this.#mayHaveLost(request)) {
        const entry = this.#claimed(request)
        if (this.#begin(entry)) this.#save(entry)
        addPartition(entry, topic, partition)
      } else if (this.#options.settings().verifiesPartitions) this.verifyPartition(request, request)
    })
  }

  admitOffsets(request: OffsetsAdmission): void {
    const { groupId } = request
    forClient(request, () => {
      if (request.implicit || this.#mayHaveLost(request)) {
        const entry = this.#claimed(request)
        if (this.#begin(entry)) this.#save(entry)
        entry.groups.add(groupId)
      } else if (this.#options.settings().verifiesPartitions && !this.#existing(request).groups.has(groupId)) {
        throw new KafkaError(ErrorCode.transactionAbortable, `group '${groupId}' is not part of the transaction`)
      }
    })
  }

  /** All transactional ids. */
  all(): Iterable<TransactionEntry> {
    return this.#entries.values()
  }

  /** Throws `KafkaError` INVALID_REQUEST or TRANSACTIONAL_ID_NOT_FOUND. */
  find(transactionalId: string): TransactionEntry {
    requireTransactionalId(transactionalId)
    const entry = this.#entries.get(transactionalId)
    if (!entry)
      throw new KafkaError(ErrorCode.transactionalIdNotFound, `there is no transactional id '${transactionalId}'`)
    return entry
  }

  /** Aborts transactions that are open for longer than their producers asked for. A job calls it now and then. */
  abortTimedOut(): void {
    const nowMs = this.#nowMs()
    for (const entry of this.#open) {
      if (!isTimedOut(entry.transaction, nowMs) || this.#pending.has(entry.transactionalId)) continue
      const { transactionalId } = entry
      this.#options.env.log.info('a transaction took too long and is aborted', { transactionalId })
      this.#end(entry, fence(entry.transaction, nowMs))
    }
  }

  /** Forgets transactional ids that have not been used for long. A job calls it now and then. */
  async expireIds(signal?: AbortSignal): Promise<void> {
    const beforeMs = this.#nowMs() - this.#options.settings().idExpirationMs
    const isExpired = ({ transactionalId, transaction }: TransactionEntry): boolean =>
      transaction.state !== 'Ongoing' && transaction.updatedMs <= beforeMs && !this.#pending.has(transactionalId)
    const expired = Array.from(this.#entries.values()).filter(isExpired)
    for (let at = 0; at < expired.length && !signal?.aborted; at += expiredPerStep) {
      for (const entry of expired.slice(at, at + expiredPerStep)) {
        if (!isExpired(entry)) continue
        const { transactionalId } = entry
        this.#entries.delete(transactionalId)
        this.#options.writes.apply({ kind: 'deleteTransaction', transactionalId })
      }
      await this.#options.writes.flush()
    }
  }

  /** Decides, and decides again once a new producer id is there, if one is needed. Nobody else decides meanwhile. */
  async #withProducerId<T extends { readonly kind: string }>(
    transactionalId: string,
    decide: (newProducerId?: number) => T | ProducerIdNeeded,
  ): Promise<T> {
    this.#requireNothingPending(transactionalId)
    const outcome = decide()
    if (!isProducerIdNeeded(outcome)) return outcome
    this.#pending.add(transactionalId)
    try {
      const newProducerId = await this.#options.producerIds.allocate()
      return decide(newProducerId) as T
    } finally {
      this.#pending.delete(transactionalId)
    }
  }

  #requireNothingPending(transactionalId: string): void {
    if (this.#pending.has(transactionalId))
      throw new KafkaError(ErrorCode.concurrentTransactions, 'another request is at work on the transactional id')
  }

  #known(transactionalId: string): TransactionEntry {
    const entry = this.#entries.get(transactionalId)
    if (!entry) throw new KafkaError(ErrorCode.invalidProducerIdMapping, `there is no producer of '${transactionalId}'`)
    return entry
  }

  #existing(claim: TransactionClaim): TransactionEntry {
    requireTransactionalId(claim.transactionalId)
    const entry = this.#known(claim.transactionalId)
    checkProducer(entry.transaction, claim)
    return entry
  }

  #mayHaveLost({ transactionalId }: TransactionClaim): boolean {
    return this.#entries.get(transactionalId)?.mayHaveLost ?? false
  }

  /** A producer of the first generation wants to abort what it has begun and a crash has lost: there is nothing to do. */
  #wasLost(claim: TransactionClaim): boolean {
    return this.#mayHaveLost(claim) && this.#existing(claim).transaction.state !== 'Ongoing'
  }

  /** The entry that something is to be added to. */
  #claimed(claim: TransactionClaim): TransactionEntry {
    const entry = this.#existing(claim)
    this.#requireNothingPending(claim.transactionalId)
    return entry
  }

  /** Opens the transaction; answers whether it was not open before. */
  #begin(entry: TransactionEntry): boolean {
    const transaction = begin(entry.transaction, this.#nowMs())
    if (transaction === entry.transaction) return false
    entry.transaction = transaction
    this.#open.add(entry)
    return true
  }

  #end(entry: TransactionEntry, { transaction, marker }: Ended): Promise<void> {
    const { writes, participants } = this.#options
    return new Promise(resolve =>
      writes.together(() => {
        this.#writeMarkers(entry, { ...marker, coordinatorEpoch, timestampMs: transaction.updatedMs })
        for (const participant of participants) participant.end(marker)
        entry.transaction = transaction
        entry.partitions.clear()
        entry.groups.clear()
        entry.mayHaveLost = false
        this.#open.delete(entry)
        // The last of them: when it is durable, readers see what was committed.
        writes.apply({ kind: 'saveTransaction', transaction: storedEntry(entry) }, resolve)
      }),
    )
  }

  #writeMarkers(entry: TransactionEntry, end: TransactionEnd): void {
    for (const [name, indexes] of entry.partitions) {
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

  #save(entry: TransactionEntry): Promise<void> {
    const change = { kind: 'saveTransaction', transaction: storedEntry(entry) } as const
    return new Promise(resolve => this.#options.writes.apply(change, resolve))
  }

  #nowMs(): number {
    return this.#options.env.clock.now()
  }
}

function isProducerIdNeeded(outcome: { readonly kind: string }): outcome is ProducerIdNeeded {
  return outcome.kind === 'producerIdNeeded'
}
