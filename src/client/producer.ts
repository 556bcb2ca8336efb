import type { Timer } from '../base/env.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { initProducerIdApi } from '../protocol/messages/init-producer-id.ts'
import { produceApi } from '../protocol/messages/produce.ts'
import type { CompressionName } from '../protocol/records/compression.ts'
import type { Cluster, TopicMetadata } from './cluster.ts'
import type { Connection } from './connection.ts'
import { ConnectionLostError, checkCode, isRetriable, isStaleMetadata, RequestError } from './failures.ts'
import type { OutgoingBatch, PartitionQueue, ProducerIdentity } from './partition-queue.ts'
import { sleep } from './retry.ts'
import { TopicWriter } from './topic-writer.ts'

export type Acks = 'all' | 'leader' | 'none'

export interface ProducerOptions {
  readonly acks?: Acks
  readonly compression?: CompressionName
  /** The most that a batch holds before compression. */
  readonly batchBytesMax?: number
  /** How long a batch waits for more records. */
  readonly lingerMs?: number
  /** The most that waits for acknowledgements; beyond it `isFull`. */
  readonly bufferBytesMax?: number
  /** After this time without success a batch fails. */
  readonly deliveryTimeoutMs?: number
  /** Called for each batch that fails for good. */
  readonly onFailure?: (failure: DeliveryFailure) => void
}

export interface DeliveryFailure {
  readonly topic: string
  readonly partition: number
  readonly recordCount: number
  readonly error: RequestError
}

const defaults = {
  acks: 'all',
  compression: 'none',
  batchBytesMax: 512 * 1024,
  lingerMs: 5,
  bufferBytesMax: 16 * 1024 * 1024,
  deliveryTimeoutMs: 30_000,
  onFailure: () => {},
} as const satisfies Required<ProducerOptions>

const requestsInFlightMax = 5
const requestBytesMax = 1024 * 1024
const brokerTimeoutMs = 30_000
const retryPauseMs = 100
const acksOnWire: Record<Acks, number> = { all: -1, leader: 1, none: 0 }

/**
 * Sends records to topics in batches: idempotent with acks `all`, at most five requests in flight to a broker, bounded in
 * memory. Fill a `TopicWriter`, wait for `room` while `isFull`, `flush` at the end.
 */
export class Producer {
  readonly #cluster: Cluster
  readonly #options: Required<ProducerOptions>
  readonly #topics = new Map<string, TopicWriter>()
  /** Partitions with batches that are not settled. */
  readonly #busy = new Set<PartitionQueue>()
  readonly #requestsInFlight = new Map<number, number>()
  readonly #waiting: (() => void)[] = []
  #bufferedBytes = 0
  /** What all partitions begin with. */
  #identity: Promise<ProducerIdentity> | undefined
  #linger: Timer | undefined
  #retry: Timer | undefined
  #refreshing: Promise<void> | undefined
  #closed = false
  /** Records that the broker has acknowledged (with acks `none`: that were sent). */
  deliveredCount = 0
  failedCount = 0

  constructor(cluster: Cluster, options: ProducerOptions = {}) {
    this.#cluster = cluster
    this.#options = { ...defaults, ...definedOnly(options) }
  }

  /** More is buffered than the limit: wait for `room` before the next record. */
  get isFull(): boolean {
    return this.#bufferedBytes >= this.#options.bufferBytesMax
  }

  /** Looks the topic up, which creates it where the broker does so on its own. Throws `RequestError` if it is not there. */
  async topic(name: string): Promise<TopicWriter> {
    const known = this.#topics.get(name)
    if (known) return known
    const metadata = await this.#describe(name)
    const idempotent = this.#options.acks === 'all'
    const writer = new TopicWriter(metadata, {
      env: this.#cluster.env,
      idempotent,
      batchBytesMax: this.#batchBytesMax(metadata.partitions.length),
      filling: () => this.#armLinger(),
      seal: queue => this.#seal(queue),
    })
    if (idempotent) {
      this.#identity ??= this.#newIdentity()
      writer.assumeIdentity(await this.#identity)
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

  close(): void {
    this.#closed = true
    this.#linger?.cancel()
    this.#retry?.cancel()
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
    const bytes = queue.seal(this.#options.compression, this.#now())
    if (bytes === 0) return
    this.#bufferedBytes += bytes
    this.#busy.add(queue)
    this.#pump()
  }

  #now(): number {
    return this.#cluster.env.clock.monotonic()
  }

  /** Sends what can be sent, for each broker as many requests as may be in flight. */
  #pump(): void {
    if (this.#closed) return
    const sendable = new Map<number, PartitionQueue[]>()
    for (const queue of this.#busy) {
      if (this.#expire(queue)) continue
      if (queue.leaderId < 0 || (queue.needsIdentity && queue.inFlightCount === 0)) this.#refresh()
      else if (queue.canSend(this.#now())) {
        const queues = sendable.get(queue.leaderId)
        if (queues) queues.push(queue)
        else sendable.set(queue.leaderId, [queue])
      }
    }
    for (const [leaderId, queues] of sendable) this.#sendTo(leaderId, queues)
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
    let codes: (queue: PartitionQueue) => { errorCode: number; errorMessage?: string | null }
    try {
      codes = await this.#produce(await this.#cluster.connection(leaderId), sent)
    } catch (error) {
      const errorCode = error instanceof RequestError ? error.code : ErrorCode.networkException
      codes = () => ({ errorCode, errorMessage: error instanceof ConnectionLostError ? error.message : null })
    }
    this.#requestsInFlight.set(leaderId, (this.#requestsInFlight.get(leaderId) ?? 1) - 1)
    for (const { queue, batch } of sent) this.#settle(queue, batch, codes(queue))
    this.#pump()
    this.#changed()
  }

  async #produce(
    connection: Connection,
    sent: readonly { queue: PartitionQueue; batch: OutgoingBatch }[],
  ): Promise<(queue: PartitionQueue) => { errorCode: number; errorMessage?: string | null }> {
    const byTopic = Map.groupBy(sent, ({ queue }) => queue.topic)
    const body = {
      transactionalId: null,
      acks: acksOnWire[this.#options.acks],
      timeoutMs: brokerTimeoutMs,
      topicData: [...byTopic].map(([name, entries]) => ({
        name,
        topicId: this.#topics.get(name)!.topicId,
        partitionData: entries.map(({ queue, batch }) => ({ index: queue.partition, records: batch.bytes })),
      })),
    }
    if (this.#options.acks === 'none') {
      await connection.tell(produceApi, body)
      return () => ({ errorCode: ErrorCode.none })
    }
    const answer = await connection.ask(produceApi, body, { waitMs: brokerTimeoutMs })
    return queue => {
      const topicId = this.#topics.get(queue.topic)!.topicId
      const topic = answer.responses.find(({ name, topicId: id }) => name === queue.topic || (!name && id === topicId))
      const partition = topic?.partitionResponses.find(({ index }) => index === queue.partition)
      return partition ?? { errorCode: ErrorCode.unknownServerError }
    }
  }

  #settle(
    queue: PartitionQueue,
    batch: OutgoingBatch,
    { errorCode, errorMessage }: { errorCode: number; errorMessage?: string | null },
  ): void {
    const verdict = queue.settle(batch, errorCode, { notBeforeMs: this.#now() + retryPauseMs })
    if (verdict === 'again') {
      if (isStaleMetadata(errorCode) || errorCode === ErrorCode.networkException) queue.leaderId = -1
      if (isRetriable(errorCode)) queue.lastError = new RequestError(errorCode, nameOf(queue), errorMessage)
      this.#armRetry()
      return
    }
    this.#bufferedBytes -= batch.bytes.length
    if (verdict === 'delivered') this.deliveredCount += batch.recordCount
    else this.#fail(queue, batch, new RequestError(errorCode, nameOf(queue), errorMessage))
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
    const error = queue.lastError ?? new RequestError(ErrorCode.requestTimedOut, nameOf(queue))
    for (const batch of queue.abandon()) {
      this.#bufferedBytes -= batch.bytes.length
      this.#fail(queue, batch, error)
    }
    this.#busy.delete(queue)
    this.#changed()
    return true
  }

  #armRetry(): void {
    this.#retry ??= this.#cluster.env.clock.after(retryPauseMs, () => {
      this.#retry = undefined
      this.#pump()
      if (this.#busy.size > 0) this.#armRetry()
    })
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
    if (outgrown.length > 0) {
      const identity = await this.#newIdentity()
      for (const queue of outgrown) queue.assumeIdentity(identity)
    }
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

function definedOnly(options: ProducerOptions): ProducerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
