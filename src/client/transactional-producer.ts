import { assert } from '../base/errors.ts'
import { ErrorCode } from '../protocol/errors.ts'
import type { CompressionName } from '../protocol/records/compression.ts'
import type { Cluster } from './cluster.ts'
import { RequestError } from './failures.ts'
import type { ProducerIdentity } from './partition-queue.ts'
import type { Partitioner } from './partitioner.ts'
import { Producer } from './producer.ts'
import type { Delivery, ProducerTransaction } from './producer-options.ts'
import type { TopicWriter } from './topic-writer.ts'
import {
  FencedError,
  type GroupMetadata,
  type OffsetInTransaction,
  TransactionCoordinator,
} from './transaction-coordinator.ts'

export interface TransactionalProducerOptions {
  readonly transactionalId: string
  /** The broker aborts a transaction that is open for longer; default one minute, as in Java. */
  readonly transactionTimeoutMs?: number
  readonly compression?: CompressionName | undefined
  readonly partitioner?: Partitioner | undefined
  readonly lingerMs?: number
  readonly batchBytesMax?: number
  readonly bufferBytesMax?: number
  /** After this time without success a batch fails, and the transaction with it. */
  readonly deliveryTimeoutMs?: number
  readonly onDelivery?: (delivery: Delivery) => void
}

const defaultTransactionTimeoutMs = 60_000
const retryForMs = 60_000

/**
 * Writes records and group offsets in transactions, all or nothing (KIP-98): `begin`, fill the writers that `topic` gives,
 * `sendOffsets`, then `commit` or `abort`, and again. Works with both generations of the protocol (KIP-890).
 *
 * A record that cannot be written makes `commit` throw why; `abort` then, and begin anew. `FencedError` is final: another
 * producer with the same transactional id has taken over.
 */
export class TransactionalProducer {
  readonly #coordinator: TransactionCoordinator
  readonly #producer: Producer
  #opening: Promise<ProducerIdentity> | undefined
  #identity: ProducerIdentity | undefined
  /** Partitions of the open transaction, as `topic/partition`. */
  readonly #included = new Set<string>()
  /** The broker may know of the transaction by something else than a batch. */
  #mayBeKnown = false
  #isOpen = false
  #failure: RequestError | undefined
  /** Final: whatever is asked from then on is answered with it. */
  #fenced: FencedError | undefined

  constructor(cluster: Cluster, options: TransactionalProducerOptions) {
    const { transactionalId, transactionTimeoutMs = defaultTransactionTimeoutMs, ...rest } = options
    this.#coordinator = new TransactionCoordinator(cluster, { transactionalId, transactionTimeoutMs, retryForMs })
    this.#producer = new Producer(cluster, {
      ...rest,
      acks: 'all',
      transaction: this.#transaction(transactionalId),
      onFailure: ({ error }) => {
        this.#failure ??= isFencing(error) ? new FencedError(error.code, transactionalId) : error
      },
    })
  }

  /** More is buffered than the limit: wait for `room` before the next record. */
  get isFull(): boolean {
    return this.#producer.isFull
  }

  /** Records that the broker has acknowledged, in all transactions, whatever became of them. */
  get deliveredCount(): number {
    return this.#producer.deliveredCount
  }

  /** Something of the open transaction has failed: it can only be aborted. */
  get failure(): RequestError | undefined {
    return this.#failure
  }

  /** Opens a transaction. The first one fences whoever used the transactional id before. Throws `RequestError`. */
  async begin(): Promise<void> {
    assert(!this.#isOpen, 'a transaction is open already')
    await this.#open()
    this.#isOpen = true
    this.#producer.release()
  }

  /** What is appended from now on belongs to the next transaction: it is sent once that has begun. For who goes on meanwhile. */
  hold(): void {
    this.#producer.hold()
  }

  /** Looks the topic up. Records may be appended while a transaction is open. Throws `RequestError` if it is not there. */
  async topic(name: string): Promise<TopicWriter> {
    await this.#open()
    return this.#producer.topic(name)
  }

  room(): Promise<void> {
    return this.#producer.room()
  }

  /** Sends everything and resolves when every record was acknowledged or has failed. */
  flush(): Promise<void> {
    return this.#producer.flush()
  }

  /**
   * Commits offsets of a group with the transaction: what was read is marked as read only if what was written is there. A
   * refusal because the group has gone on to another generation leaves the transaction as it is: the member that learns of that
   * generation, and keeps what it reads, may send its offsets again.
   */
  async sendOffsets(offsets: readonly OffsetInTransaction[], group: GroupMetadata): Promise<void> {
    assert(this.#isOpen, 'no transaction is open')
    if (offsets.length === 0) return
    this.#mayBeKnown = true
    try {
      await this.#coordinator.commitOffsets(await this.#open(), group, offsets)
    } catch (error) {
      if (error instanceof RequestError && !groupMoves.has(error.code)) this.#failure ??= error
      throw error
    }
  }

  /** Sends what is left and commits. Throws what has failed; nothing is committed then, and `abort` is to be called. */
  async commit(): Promise<void> {
    assert(this.#isOpen, 'no transaction is open')
    await this.#producer.flush()
    if (this.#failure) throw this.#failure
    if (this.#isEmpty) this.#isOpen = false
    else {
      const next = await this.#coordinator.end(await this.#open(), 'commit')
      this.#ended(next)
    }
  }

  /** Gives up what was written and committed since `begin`. Throws `FencedError`, after which only `close` is left. */
  async abort(): Promise<void> {
    assert(this.#isOpen, 'no transaction is open')
    await this.#producer.drop()
    const identity = await this.#open()
    if (this.#isEmpty) {
      this.#ended(identity)
      return
    }
    let next = await this.#abortOnBroker(identity)
    // Batches may have been given up with numbers of their own. KIP-360: a new epoch begins at 0 again.
    if (next === identity) next = await this.#next(identity)
    this.#ended(next)
  }

  /** Leaves at once. The broker aborts what is open when its time is over, or when the next producer of the id begins. */
  close(): void {
    this.#producer.close()
  }

  get #isEmpty(): boolean {
    return this.#included.size === 0 && !this.#mayBeKnown
  }

  async #abortOnBroker(identity: ProducerIdentity): Promise<ProducerIdentity> {
    try {
      return await this.#coordinator.end(identity, 'abort')
    } catch (error) {
      // Not to be asked for another epoch: InitProducerId aborts an open transaction before it looks at the epoch that it is
      // given, in Apache Kafka too, and this one may be our successor's.
      if (error instanceof FencedError) this.#fenced = error
      if (!isOver(error)) throw error
      return this.#next(identity)
    }
  }

  /** The next epoch (KIP-360). */
  async #next(identity: ProducerIdentity): Promise<ProducerIdentity> {
    try {
      return await this.#coordinator.initialise(identity)
    } catch (error) {
      if (error instanceof FencedError) this.#fenced = error
      throw error
    }
  }

  #ended(next: ProducerIdentity): void {
    if (next !== this.#identity) this.#producer.assumeIdentity(next)
    this.#identity = next
    this.#opening = Promise.resolve(next)
    this.#included.clear()
    this.#mayBeKnown = false
    this.#failure = undefined
    this.#isOpen = false
  }

  #open(): Promise<ProducerIdentity> {
    if (this.#fenced) return Promise.reject(this.#fenced)
    this.#opening ??= this.#coordinator.initialise().then(identity => (this.#identity = identity))
    return this.#opening
  }

  #transaction(transactionalId: string): ProducerTransaction {
    const coordinator = this.#coordinator
    return {
      transactionalId,
      produceVersionMax: () => coordinator.produceVersionMax,
      identity: () => this.#open(),
      isIncluded: (topic, partition) => {
        if (this.#included.has(`${topic}/${partition}`)) return true
        if (coordinator.isImplicit) this.#included.add(`${topic}/${partition}`)
        return coordinator.isImplicit
      },
      include: async partitions => {
        // Noted before the answer: a request that broke off may have arrived.
        this.#mayBeKnown = true
        await coordinator.addPartitions(await this.#open(), partitions)
        for (const { topic, partition } of partitions) this.#included.add(`${topic}/${partition}`)
      },
    }
  }
}

const groupMoves: ReadonlySet<number> = new Set([ErrorCode.illegalGeneration, ErrorCode.rebalanceInProgress])

function isFencing(error: RequestError): boolean {
  return error.code === ErrorCode.producerFenced
}

function isOver(error: unknown): boolean {
  return error instanceof RequestError && error.code === ErrorCode.invalidTxnState
}
