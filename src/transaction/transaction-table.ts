import type { Clock } from '../base/env.ts'
import type { Topics } from '../log/topics.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { StoredTransaction } from '../storage/change.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { TransactionClaim } from './admission.ts'
import { openProducers } from './open-producers.ts'
import { begin, checkProducer, type ProducerIdNeeded, type Transaction } from './transaction.ts'
import { addPartition, entryOf, newEntry, storedEntry, type TransactionEntry } from './transaction-entry.ts'

/** Throws INVALID_REQUEST for the empty transactional id. */
export function requireTransactionalId(transactionalId: string): void {
  if (transactionalId === '') throw new KafkaError(ErrorCode.invalidRequest, 'the transactional id is empty')
}

/** All transactional ids, in memory and on the disk. */
export class TransactionTable {
  readonly #clock: Clock
  readonly #writes: WriteQueue
  readonly #entries = new Map<string, TransactionEntry>()
  readonly #open = new Set<TransactionEntry>()
  /** Transactional ids that wait for a new producer id: Kafka's pending transitions. */
  readonly #pending = new Set<string>()

  constructor(options: { readonly clock: Clock; readonly writes: WriteQueue }) {
    this.#clock = options.clock
    this.#writes = options.writes
  }

  /** Takes in what was stored, and what the partitions hold of open transactions. */
  restore(stored: readonly StoredTransaction[], topics: Topics): void {
    for (const entry of stored.map(entryOf)) {
      this.#entries.set(entry.transactionalId, entry)
      if (entry.transaction.state === 'Ongoing') this.#open.add(entry)
    }
    if (this.#open.size === 0) return
    const byProducer = openProducers(topics)
    for (const entry of this.#open) {
      for (const { topic, partition } of byProducer.get(entry.transaction.producerId) ?? [])
        addPartition(entry, topic, partition)
    }
  }

  all(): Iterable<TransactionEntry> {
    return this.#entries.values()
  }

  /** Those with an open transaction. */
  open(): Iterable<TransactionEntry> {
    return this.#open
  }

  get(transactionalId: string): TransactionEntry | undefined {
    return this.#entries.get(transactionalId)
  }

  /** Throws INVALID_PRODUCER_ID_MAPPING where there is no such id. */
  known(transactionalId: string): TransactionEntry {
    const entry = this.#entries.get(transactionalId)
    if (!entry) throw new KafkaError(ErrorCode.invalidProducerIdMapping, `there is no producer of '${transactionalId}'`)
    return entry
  }

  /** Throws INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING or PRODUCER_FENCED where the claim is not its owner's. */
  owned(claim: TransactionClaim): TransactionEntry {
    requireTransactionalId(claim.transactionalId)
    const entry = this.known(claim.transactionalId)
    checkProducer(entry.transaction, claim)
    return entry
  }

  /** As `owned`, for something that is to be added. Throws CONCURRENT_TRANSACTIONS too. */
  free(claim: TransactionClaim): TransactionEntry {
    const entry = this.owned(claim)
    this.#requireNothingPending(claim.transactionalId)
    return entry
  }

  isPending(transactionalId: string): boolean {
    return this.#pending.has(transactionalId)
  }

  /**
   * Decides, and decides again once a new producer id is there, if one is needed. Throws what `decision` throws, and
   * CONCURRENT_TRANSACTIONS while another one waits.
   */
  async decide<T extends { readonly kind: string }>(
    transactionalId: string,
    allocate: () => Promise<number>,
    decision: (newProducerId?: number) => T | ProducerIdNeeded,
  ): Promise<T> {
    this.#requireNothingPending(transactionalId)
    const outcome = decision()
    if (!isProducerIdNeeded(outcome)) return outcome
    this.#pending.add(transactionalId)
    try {
      return decision(await allocate()) as T
    } finally {
      this.#pending.delete(transactionalId)
    }
  }

  /** A producer has come: nothing takes part in its transaction yet. Resolves when it is durable. */
  initialized(transactionalId: string, transaction: Transaction): Promise<void> {
    const entry = this.#entries.get(transactionalId) ?? newEntry(transactionalId, transaction)
    entry.transaction = transaction
    entry.mayHaveLost = false
    this.#entries.set(transactionalId, entry)
    return new Promise(resolve => this.save(entry, resolve))
  }

  /** Opens the transaction; answers whether it was not open before. */
  begin(entry: TransactionEntry): boolean {
    const transaction = begin(entry.transaction, this.#clock.now())
    if (transaction === entry.transaction) return false
    entry.transaction = transaction
    this.#open.add(entry)
    return true
  }

  /** The transaction has ended; nothing takes part in it any more. */
  ended(entry: TransactionEntry, transaction: Transaction, done: () => void): void {
    entry.transaction = transaction
    entry.partitions.clear()
    entry.groups.clear()
    entry.mayHaveLost = false
    this.#open.delete(entry)
    this.save(entry, done)
  }

  save(entry: TransactionEntry, done?: () => void): void {
    this.#writes.apply({ kind: 'saveTransaction', transaction: storedEntry(entry) }, done)
  }

  delete(transactionalId: string): void {
    this.#entries.delete(transactionalId)
    this.#writes.apply({ kind: 'deleteTransaction', transactionalId })
  }

  #requireNothingPending(transactionalId: string): void {
    if (this.#pending.has(transactionalId))
      throw new KafkaError(ErrorCode.concurrentTransactions, 'another request is at work on the transactional id')
  }
}

function isProducerIdNeeded(outcome: { readonly kind: string }): outcome is ProducerIdNeeded {
  return outcome.kind === 'producerIdNeeded'
}
