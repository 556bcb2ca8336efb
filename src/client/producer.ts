import type { Timer } from '../base/env.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { initProducerIdApi } from '../protocol/messages/init-producer-id.ts'
import type { Cluster, TopicMetadata } from './cluster.ts'
import { ConnectionLostError, checkCode, isRetriable, isStaleMetadata, RequestError } from './failures.ts'
import type { OutgoingBatch, PartitionQueue, ProducerIdentity } from './partition-queue.ts'
import { type ProduceAnswer, produce } from './produce-request.ts'
import {
  type ProducerOptions,
  type ProducerSettings,
  type ProducerTransaction,
  withDefaults,
} from './producer-options.ts'
import { sleep } from './retry.ts'
import { TopicWriter } from './topic-writer.ts'

const requestsInFlightMax = 5
const requestBytesMax = 1024 * 1024
const retryPauseMs = 100
const concurrentPauseMs = 20

/**
 * Sends records to topics in batches: idempotent with acks `all`, at most five requests in flight to a broker, bounded in
 * memory. Fill a `TopicWriter`, wait for `room` while `isFull`, `flush` at the end.
 */
export class Producer {
  readonly #cluster: Cluster
  readonly #options: ProducerSettings
  readonly #topics = new Map<string, TopicWriter>()
  readonly #opening = new Map<string, Promise<TopicWriter>>()
  /** Partitions with batches that are not settled. */
  readonly #busy = new Set<PartitionQueue>()
  readonly #requestsInFlight = new Map<number, number>()
  readonly #waiting: (() => void)[] = []
  #bufferedBytes = 0
  /** What all partitions begin with. */
  #identity: Promise<ProducerIdentity> | undefined
  #linger: Timer | undefined
  #retry: { readonly timer: Timer; readonly atMs: number } | undefined
  #refreshing: Promise<void> | undefined
  /** Partitions with batches that wait for `release`. */
  readonly #held = new Set<PartitionQueue>()
  #isHolding = false
  /** Partitions are becoming part of the transaction. */
  #isIncluding = false
  #isDropping = false
  #closed = false
  /** Records that the broker has acknowledged (with acks `none`: that were sent). */
  deliveredCount = 0
  failedCount = 0

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster
    this.#options = withDefaults(options)
  }

  /** More is buffered than the limit: wait for `room` before the next record. */
  get isFull(): boolean {
    return this.#bufferedBytes >= this.#options.bufferBytesMax
  }

  /** Looks the topic up, which creates it where the broker does so on its own. Throws `RequestError` if it is not there. */
  topic(name: string): Promise<TopicWriter> {
    // One writer for each topic, also for those who ask at the same time: what a second one held would never be sent.
    const known = this.#opening.get(name)
    if (known) return known
    const opening = this.#open(name)
    this.#opening.set(name, opening)
    opening.catch(() => this.#opening.delete(name))
    return opening
  }

  async #open(name: string): Promise<TopicWriter> {
    const metadata = await this.#describe(name)
    const { transaction, partitioner } = this.#options
    const idempotent = this.#options.acks === 'all' && (this.#options.idempotent || transaction !== undefined)
    const writer = new TopicWriter(metadata, {
      env: this.#cluster.env,
      idempotent,
      transactional: transaction !== undefined,
      partitioner,
      batchBytesMax: this.#batchBytesMax(metadata.partitions.length),
      filling: () => this.#armLinger(),
      seal: queue => this.#seal(queue),
    })
    if (idempotent) {
      if (!transaction) this.#identity ??= this.#newIdentity()
      writer.assumeIdentity(await (transaction?.identity() ?? this.#identity!))
    }
    this.#topics.set(name, writer)
    return writer
  }

  /** Resolves when there is room again, or nothing left to wait for. */
  async room(): Promise<void> {
    while (this.isFull) await this.#nextChange()
  }

  /** Sends everything and resolves when every record was delivered or has failed. */
  async flush(): Promise<void> {
    this.#sealAll()
    while (this.#busy.size > 0) await this.#nextChange()
  }

  /** What is appended from now on is kept back until `release`; `flush` does not wait for it. */
  hold(): void {
    this.#sealAll()
    this.#isHolding = true
  }

  release(): void {
    this.#isHolding = false
    for (const queue of this.#held) {
      queue.release()
      this.#busy.add(queue)
    }
    this.#held.clear()
    this.#pump()
  }

  /** Gives up what was not sent, and resolves when what was sent has come back: for a transaction that is aborted. */
  async drop(): Promise<void> {
    this.#isDropping = true
    this.release()
    try {
      this.#sealAll()
      for (;;) {
        for (const queue of [...this.#busy]) this.#abandon(queue)
        if (this.#busy.size === 0) return
        await this.#nextChange()
      }
    } finally {
      this.#isDropping = false
    }
  }

  /** All partitions go on under this identity, from sequence 0: for the next transaction. */
  assumeIdentity(identity: ProducerIdentity): void {
    for (const topic of this.#topics.values()) topic.assumeIdentity(identity)
  }

  close(): void {
    this.#closed = true
    this.#linger?.cancel()
    this.#retry?.timer.cancel()
  }

  #batchBytesMax(partitionCount: number): number {
    const { batchBytesMax, bufferBytesMax } = this.#options
    // Every partition fills a batch of its own: together they must not outgrow the buffer.
    return Math.min(batchBytesMax, Math.max(16 * 1024, Math.floor(bufferBytesMax / 2 / partitionCount)))
  }

  #armLinger(): void {
    this.#linger ??= this.#cluster.env.clock.after(this.#options.lingerMs, () => this.#sealAll())
  }

  #sealAll(): void {
    this.#linger?.cancel()
    this.#linger = undefined
    for (const topic of this.#topics.values()) topic.sealAll()
    this.#pump()
  }

  #seal(queue: PartitionQueue): void {
    const bytes = queue.seal(this.#options.compression, this.#now(), { held: this.#isHolding })
    if (bytes === 0) return
    this.#bufferedBytes += bytes
    if (this.#isHolding) this.#held.add(queue)
    else {
      this.#busy.add(queue)
      this.#pump()
    }
  }

  #now(): number {
    return this.#cluster.env.clock.monotonic()
  }

  /** Sends what can be sent, for each broker as many requests as may be in flight. */
  #pump(): void {
    if (this.#closed || this.#isDropping) return
    const { transaction } = this.#options
    const sendable = new Map<number, PartitionQueue[]>()
    const outside: PartitionQueue[] = []
    for (const queue of this.#busy) {
      if (this.#expire(queue)) continue
      if (transaction && !transaction.isIncluded(queue.topic, queue.partition)) outside.push(queue)
      else if (queue.leaderId < 0 || (queue.needsIdentity && queue.inFlightCount === 0)) this.#refresh()
      else if (queue.canSend(this.#now())) {
        const queues = sendable.get(queue.leaderId)
        if (queues) queues.push(queue)
        else sendable.set(queue.leaderId, [queue])
      }
    }
    if (transaction && outside.length > 0) void this.#include(transaction, outside)
    for (const [leaderId, queues] of sendable) this.#sendTo(leaderId, queues)
  }

  /** Makes partitions part of the transaction, once at a time; what cannot become part of it fails. */
  async #include(transaction: ProducerTransaction, queues: readonly PartitionQueue[]): Promise<void> {
    if (this.#isIncluding) return
    this.#isIncluding = true
    try {
      await transaction.include(queues)
    } catch (error) {
      const failure =
        error instanceof RequestError ? error : new RequestError(ErrorCode.networkException, 'transaction')
      for (const queue of queues) this.#abandon(queue, failure)
    }
    this.#isIncluding = false
    this.#pump()
    this.#changed()
  }

  #sendTo(leaderId: number, queues: readonly PartitionQueue[]): void {
    for (;;) {
      const requests = this.#requestsInFlight.get(leaderId) ?? 0
      if (requests >= requestsInFlightMax) return
      const sent: { queue: PartitionQueue; batch: OutgoingBatch }[] = []
      let bytes = 0
      for (const queue of queues) {
        if (bytes >= requestBytesMax || !queue.canSend(this.#now())) continue
        const batch = queue.take()
        bytes += batch.bytes.length
        sent.push({ queue, batch })
      }
      if (sent.length === 0) return
      this.#requestsInFlight.set(leaderId, requests + 1)
      // Partitions that had their turn go behind those that did not.
      for (const { queue } of sent) {
        this.#busy.delete(queue)
        this.#busy.add(queue)
      }
      void this.#send(leaderId, sent)
    }
  }

  async #send(leaderId: number, sent: readonly { queue: PartitionQueue; batch: OutgoingBatch }[]): Promise<void> {
    const { acks, transaction } = this.#options
    let answers: (queue: PartitionQueue) => ProduceAnswer
    try {
      answers = await produce(await this.#cluster.connection(leaderId), {
        acks,
        transactionalId: transaction?.transactionalId ?? null,
        versionMax: transaction?.produceVersionMax(),
        batches: sent.map(({ queue, batch }) => ({
          topic: queue.topic,
          topicId: this.#topics.get(queue.topic)!.topicId,
          partition: queue.partition,
          bytes: batch.bytes,
        })),
      })
    } catch (error) {
      const errorCode = error instanceof RequestError ? error.code : ErrorCode.networkException
      const errorMessage = error instanceof ConnectionLostError ? error.message : null
      answers = () => ({ errorCode, errorMessage, baseOffset: -1 })
    }
    this.#requestsInFlight.set(leaderId, (this.#requestsInFlight.get(leaderId) ?? 1) - 1)
    for (const { queue, batch } of sent) this.#settle(queue, batch, answers(queue))
    this.#pump()
    this.#changed()
  }

  #settle(queue: PartitionQueue, batch: OutgoingBatch, { errorCode, errorMessage, baseOffset }: ProduceAnswer): void {
    const pauseMs = errorCode === ErrorCode.concurrentTransactions ? concurrentPauseMs : retryPauseMs
    const verdict = queue.settle(batch, errorCode, { notBeforeMs: this.#now() + pauseMs })
    if (verdict === 'again') {
      if (isStaleMetadata(errorCode) || errorCode === ErrorCode.networkException) queue.leaderId = -1
      if (isRetriable(errorCode)) queue.lastError = new RequestError(errorCode, nameOf(queue), errorMessage)
      this.#armRetry(pauseMs)
      return
    }
    this.#bufferedBytes -= batch.bytes.length
    if (verdict === 'delivered') {
      const { topic, partition } = queue
      this.deliveredCount += batch.recordCount
      this.#options.onDelivery({ topic, partition, recordCount: batch.recordCount, baseOffset })
    } else this.#fail(queue, batch, new RequestError(errorCode, nameOf(queue), errorMessage))
    if (!queue.isWaiting) this.#busy.delete(queue)
  }

  #fail(queue: PartitionQueue, batch: OutgoingBatch, error: RequestError): void {
    this.failedCount += batch.recordCount
    const { topic, partition } = queue
    this.#options.onFailure({ topic, partition, recordCount: batch.recordCount, error })
  }

  /** Gives up a partition whose oldest batch has waited too long. */
  #expire(queue: PartitionQueue): boolean {
    const { oldestMs } = queue
    if (oldestMs === undefined || this.#now() - oldestMs < this.#options.deliveryTimeoutMs) return false
    if (queue.inFlightCount > 0) return false
    this.#abandon(queue, queue.lastError ?? new RequestError(ErrorCode.requestTimedOut, nameOf(queue)))
    this.#changed()
    return true
  }

  /** Gives up the batches of a partition that are not in flight; with `error`, they have failed. */
  #abandon(queue: PartitionQueue, error?: RequestError): void {
    for (const batch of queue.abandon()) {
      this.#bufferedBytes -= batch.bytes.length
      if (error) this.#fail(queue, batch, error)
    }
    if (!queue.isWaiting) this.#busy.delete(queue)
  }

  #armRetry(pauseMs = retryPauseMs): void {
    const atMs = this.#now() + pauseMs
    if (this.#retry && this.#retry.atMs <= atMs) return
    this.#retry?.timer.cancel()
    const timer = this.#cluster.env.clock.after(pauseMs, () => {
      this.#retry = undefined
      this.#pump()
      if (this.#busy.size > 0) this.#armRetry()
    })
    this.#retry = { timer, atMs }
  }

  /** Asks for leaders and identities that are missing, once at a time. */
  #refresh(): void {
    if (this.#refreshing) return
    this.#armRetry()
    this.#refreshing = this.#lookUp()
      .catch(() => sleep(this.#cluster.env, retryPauseMs))
      .finally(() => {
        this.#refreshing = undefined
        this.#pump()
      })
  }

  async #lookUp(): Promise<void> {
    const missing = new Set([...this.#busy].filter(queue => queue.leaderId < 0).map(queue => queue.topic))
    if (missing.size > 0) {
      const { topics } = await this.#cluster.metadata([...missing])
      for (const topic of topics) this.#topics.get(topic.name)?.learnLeaders(topic)
    }
    const outgrown = [...this.#busy].filter(queue => queue.needsIdentity && queue.inFlightCount === 0)
    for (const queue of outgrown) queue.assumeIdentity(queue.nextIdentity ?? (await this.#newIdentity()))
    // Still without a leader, as while one is being elected: not at once again.
    if ([...this.#busy].some(queue => queue.leaderId < 0)) await sleep(this.#cluster.env, retryPauseMs)
  }

  async #describe(name: string): Promise<TopicMetadata> {
    const pauses = this.#cluster.backoff(topicCreationMs)
    for (;;) {
      const { topics } = await this.#cluster.metadata([name], { autoCreate: true })
      const topic = topics.find(other => other.name === name)
      const errorCode = topic?.errorCode ?? ErrorCode.unknownTopicOrPartition
      if (topic && errorCode === ErrorCode.none) return topic
      // A topic that is being created has no leader yet, and Apache Kafka calls it unknown for a moment.
      if (!isRetriable(errorCode) || pauses.isOver) throw new RequestError(errorCode, `topic '${name}'`)
      await pauses.pause()
    }
  }

  async #newIdentity(): Promise<ProducerIdentity> {
    const answer = await this.#cluster.askPersistently(
      'any',
      initProducerIdApi,
      { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 },
      response => isRetriable(response.errorCode),
    )
    checkCode(answer.errorCode, 'a producer id')
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  #nextChange(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    return promise
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

const topicCreationMs = 3_000

function nameOf(queue: PartitionQueue): string {
  return `topic '${queue.topic}' partition ${queue.partition}`
}
