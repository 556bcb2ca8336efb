import { ErrorCode } from '../protocol/errors.ts'
import { addressText } from './address.ts'
import type { Cluster, TopicMetadata } from './cluster.ts'
import type { Connection } from './connection.ts'
import { ConnectionLostError, isRetriable, isStaleMetadata, RequestError, UnreachableError } from './failures.ts'
import { fetchOnce } from './fetch-request.ts'
import { type AnsweredBatches, offsetBehind } from './fetched-records.ts'
import { endOffsets, findTopic, type PartitionOffsets, startOffsets } from './list-offsets.ts'
import type { Deliver, ReaderOptions, ReadPartition } from './reader-options.ts'
import { type Backoff, sleep } from './retry.ts'

interface Position extends ReadPartition {
  offset: number
  topicId: string
  endOffset: number
  leaderId: number
  /** No longer read: what is still under way is not delivered. */
  isGone: boolean
  /** Not fetched for now: what is under way is still delivered. */
  isPaused: boolean
}

type Optional = 'onGone' | 'onProgress' | 'fetchBytesMax'

type FetchResponse = Awaited<ReturnType<typeof fetchOnce>>

const retryPauseMs = 100
/** How long a broker waits for new records while some partitions are paused: they are to be asked for soon after `resume`. */
const pausedWaitMs = 10
const unknownTopicMs = 5_000

/** Reads partitions without a group: one fetch loop for each broker that leads some of them. */
export class Reader {
  readonly #cluster: Cluster
  readonly #options: Required<Omit<ReaderOptions, Optional>> & Pick<ReaderOptions, Optional>
  readonly #positions = new Map<string, Position>()
  readonly #loops = new Set<number>()
  /** Deliveries happen one after the other, whichever loop they come from. */
  #delivery: Promise<void> = Promise.resolve()
  #wake = Promise.withResolvers<void>()
  #failure: unknown
  #stopped = false
  /** There are partitions whose end has not been announced. */
  #isReading = false
  #isLost = false
  #unknownSinceMs: number | undefined
  /** Topics that are not there just now, for `onGone`. */
  readonly #missingSinceMs = new Map<string, number>()

  constructor(cluster: Cluster, options: ReaderOptions = {}) {
    this.#cluster = cluster
    this.#options = {
      isolation: options.isolation ?? 'committed',
      maxWaitMs: options.maxWaitMs ?? 500,
      reconnectForMs: options.reconnectForMs ?? 60_000,
      onNotice: options.onNotice ?? (() => {}),
      onEnd: options.onEnd ?? (() => {}),
      ...(options.fetchBytesMax && { fetchBytesMax: options.fetchBytesMax }),
      ...(options.onGone && { onGone: options.onGone }),
      ...(options.onProgress && { onProgress: options.onProgress }),
    }
  }

  /** Begins to read a partition. */
  add(partition: ReadPartition): void {
    this.#positions.set(keyOf(partition), { ...partition, leaderId: -1, isGone: false, isPaused: false })
    this.#isReading = true
    this.#changed()
  }

  /** Stops reading a partition: what is still under way of it is not delivered. */
  remove(partition: Pick<ReadPartition, 'topic' | 'partition'>): void {
    const position = this.#positions.get(keyOf(partition))
    if (!position) return
    position.isGone = true
    this.#positions.delete(keyOf(partition))
    this.#changed()
  }

  /** Fetches nothing more of a partition for now; what is under way is still delivered. */
  pause(partition: Pick<ReadPartition, 'topic' | 'partition'>): void {
    const position = this.#positions.get(keyOf(partition))
    if (position) position.isPaused = true
  }

  /** Goes on with a partition that was paused. */
  resume(partition: Pick<ReadPartition, 'topic' | 'partition'>): void {
    const position = this.#positions.get(keyOf(partition))
    if (!position?.isPaused) return
    position.isPaused = false
    this.#changed()
  }

  /** Stops reading all partitions. When it resolves, nothing of them is delivered any more. */
  async clear(): Promise<void> {
    for (const position of this.#positions.values()) position.isGone = true
    this.#positions.clear()
    this.#isReading = false
    this.#changed()
    await this.#delivery
  }

  /** Reads partitions of a topic no further than this; those that are beyond it already are at their ends. */
  limit(topic: string, ends: PartitionOffsets): void {
    for (const [partition, endOffset] of ends) {
      const position = this.#positions.get(keyOf({ topic, partition }))
      if (position) position.endOffset = Math.min(position.endOffset, endOffset)
    }
    this.#changed()
  }

  /** Ends `run`. */
  stop(): void {
    this.#stopped = true
    this.#changed()
  }

  /**
   * Reads until `stop`, or until every partition is at its end. With `idle`, goes on then: partitions may still be added.
   * Rejects with what a broker refuses, and with `UnreachableError` after the time for attempts.
   */
  async run(deliver: Deliver, { idle = false }: { readonly idle?: boolean } = {}): Promise<void> {
    const pauses = this.#cluster.backoff(this.#options.reconnectForMs)
    while (!this.#stopped) {
      this.#wake = Promise.withResolvers()
      for (const position of this.#positions.values()) {
        if (position.offset >= position.endOffset) this.#positions.delete(keyOf(position))
      }
      if (this.#positions.size === 0 && this.#loops.size === 0) {
        await this.#delivery
        if (this.#isReading) this.#options.onEnd()
        this.#isReading = false
        if (!idle) break
      }
      if (this.#leaderless().length > 0) await this.#findLeaders(pauses)
      this.#startLoops(deliver, pauses)
      await this.#wake.promise
      if (this.#failure) throw this.#failure
    }
    await this.#delivery
    if (this.#failure) throw this.#failure
  }

  #changed(): void {
    this.#wake.resolve()
  }

  #leaderless(): readonly Position[] {
    return [...this.#positions.values()].filter(({ leaderId }) => leaderId < 0)
  }

  #ledBy(leaderId: number): readonly Position[] {
    return [...this.#positions.values()].filter(
      position => position.leaderId === leaderId && !position.isPaused && position.offset < position.endOffset,
    )
  }

  async #findLeaders(pauses: Backoff): Promise<void> {
    try {
      for (const name of new Set(this.#leaderless().map(({ topic }) => topic))) {
        const topic = await this.#findTopic(name)
        for (const { partition, leaderId } of topic?.partitions ?? []) {
          const position = this.#positions.get(keyOf({ topic: name, partition }))
          if (!position || !topic) continue
          if (position.topicId !== topic.topicId) this.#beginAgain(position, topic.topicId)
          position.leaderId = leaderId
        }
      }
    } catch (error) {
      if (!this.#mayPass(error)) throw error
      this.#noticeLoss(error as Error, pauses)
      if (pauses.isOver) throw error
    }
    if (this.#leaderless().length > 0) {
      await pauses.pause()
      this.#changed()
    }
  }

  /** Nothing while a topic is not there, if there is somebody who wants to know when it is gone for good. */
  async #findTopic(name: string): Promise<TopicMetadata | undefined> {
    try {
      const topic = await findTopic(this.#cluster, name)
      this.#missingSinceMs.delete(name)
      return topic
    } catch (error) {
      const isMissing = error instanceof RequestError && error.code === ErrorCode.unknownTopicOrPartition
      if (!isMissing || !this.#options.onGone) throw error
      const nowMs = this.#cluster.env.clock.monotonic()
      const sinceMs = this.#missingSinceMs.get(name) ?? nowMs
      this.#missingSinceMs.set(name, sinceMs)
      if (nowMs - sinceMs >= unknownTopicMs) this.#drop(name)
      return undefined
    }
  }

  #drop(name: string): void {
    this.#missingSinceMs.delete(name)
    for (const [key, position] of this.#positions) {
      if (position.topic !== name) continue
      position.isGone = true
      this.#positions.delete(key)
    }
    this.#options.onGone?.(name)
  }

  /** KIP-516: another id under the same name is another topic. */
  #beginAgain(position: Position, topicId: string): void {
    position.topicId = topicId
    position.offset = 0
    const name = `${position.topic} [${position.partition}]`
    this.#options.onNotice(`${name}: the topic was deleted and created again: going on at its start`)
  }

  #startLoops(deliver: Deliver, pauses: Backoff): void {
    for (const { leaderId } of this.#positions.values()) {
      if (leaderId < 0 || this.#loops.has(leaderId) || this.#ledBy(leaderId).length === 0) continue
      this.#loops.add(leaderId)
      this.#fetchFrom(leaderId, deliver, pauses)
        .catch(error => this.#endLoop(leaderId, error, pauses))
        .finally(() => {
          this.#loops.delete(leaderId)
          this.#changed()
        })
    }
  }

  async #endLoop(leaderId: number, error: unknown, pauses: Backoff): Promise<void> {
    for (const position of this.#ledBy(leaderId)) position.leaderId = -1
    if (!(error instanceof ConnectionLostError)) {
      this.#failure ??= error
      return
    }
    this.#noticeLoss(error, pauses)
    if (pauses.isOver) this.#failure ??= error
    else await pauses.pause()
  }

  async #fetchFrom(leaderId: number, deliver: Deliver, pauses: Backoff): Promise<void> {
    const connection = await this.#cluster.connection(leaderId)
    let turn = 0
    let asked = this.#ledBy(leaderId)
    let next = this.#fetch(connection, asked, turn)
    while (asked.length > 0 && !this.#stopped) {
      const answer = await next
      this.#noticeReturn(connection, pauses)
      const fetched = await this.#advance(asked, answer)
      // The broker works on the next answer while this one is delivered.
      asked = this.#ledBy(leaderId)
      next = this.#fetch(connection, asked, ++turn)
      next.catch(() => {})
      if (fetched.length > 0) await this.#deliver(fetched, deliver)
    }
  }

  #fetch(connection: Connection, positions: readonly Position[], turn: number): Promise<FetchResponse> {
    if (positions.length === 0 || this.#stopped) return new Promise(() => {})
    // Brokers fill an answer in the order of the question: every partition comes first in its turn.
    const first = turn % positions.length
    const { isolation, fetchBytesMax } = this.#options
    const isAnyPaused = [...this.#positions.values()].some(({ isPaused }) => isPaused)
    const maxWaitMs = isAnyPaused ? Math.min(pausedWaitMs, this.#options.maxWaitMs) : this.#options.maxWaitMs
    return fetchOnce(connection, [...positions.slice(first), ...positions.slice(0, first)], {
      ...{ maxWaitMs, isolation },
      ...(fetchBytesMax && { bytesMax: fetchBytesMax }),
    })
  }

  /** Moves the positions behind what was fetched; what there is to deliver. */
  async #advance(
    asked: readonly Position[],
    answer: FetchResponse,
  ): Promise<readonly (AnsweredBatches & { of: Position })[]> {
    if (answer.errorCode !== ErrorCode.none) throw new RequestError(answer.errorCode, 'fetch')
    const fetched: (AnsweredBatches & { of: Position })[] = []
    for (const topic of answer.responses) {
      for (const result of topic.partitions) {
        const position = asked.find(
          ({ topic: name, topicId, partition }) =>
            partition === result.partitionIndex && (topic.topic ? name === topic.topic : topicId === topic.topicId),
        )
        // Taken away while the fetch was under way.
        if (!position || position.isGone) continue
        if (result.errorCode !== ErrorCode.none) {
          await this.#recover(position, result.errorCode)
          continue
        }
        const { topic: name, partition, offset: fromOffset, endOffset, leaderId } = position
        if (result.records && result.records.length > 0) {
          const abortedTransactions = result.abortedTransactions ?? []
          position.offset = offsetBehind(result.records, fromOffset)
          fetched.push({
            of: position,
            topic: name,
            partition,
            bytes: result.records,
            fromOffset,
            endOffset,
            abortedTransactions,
            logStartOffset: result.logStartOffset,
            lastStableOffset: result.lastStableOffset,
            highWatermark: result.highWatermark,
            leaderId,
          })
        }
        this.#options.onProgress?.({
          topic: name,
          partition,
          offset: position.offset,
          endOffset: this.#options.isolation === 'committed' ? result.lastStableOffset : result.highWatermark,
        })
      }
    }
    return fetched
  }

  async #deliver(fetched: readonly (AnsweredBatches & { of: Position })[], deliver: Deliver): Promise<void> {
    const previous = this.#delivery
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#delivery = promise
    await previous
    try {
      for (const batches of fetched) {
        if (this.#stopped || batches.of.isGone) continue
        await deliver(batches)
      }
    } finally {
      resolve()
    }
  }

  async #recover(position: Position, errorCode: number): Promise<void> {
    if (errorCode === ErrorCode.offsetOutOfRange) return this.#comeIntoRange(position)
    const what = `topic '${position.topic}' partition ${position.partition}`
    if (!isRetriable(errorCode)) throw new RequestError(errorCode, what)
    if (isStaleMetadata(errorCode)) {
      position.leaderId = -1
      // Others that the same broker leads are read on: their loop would not end by itself.
      this.#changed()
    }
    await sleep(this.#cluster.env, retryPauseMs)
  }

  /** Retention has moved the start beyond the position, or the log ends before it: go on at the nearest offset there is. */
  async #comeIntoRange(position: Position): Promise<void> {
    const topic = await findTopic(this.#cluster, position.topic)
    const first = (await startOffsets(this.#cluster, topic, [position.partition])).get(position.partition) ?? 0
    const end =
      (await endOffsets(this.#cluster, topic, [position.partition], 'uncommitted')).get(position.partition) ?? 0
    const offset = position.offset < first ? first : end
    const name = `${position.topic} [${position.partition}]`
    this.#options.onNotice(
      `${name}: offset ${position.offset} is not there, the log holds ${first} to ${end}: going on at ${offset}`,
    )
    position.offset = offset
  }

  /** A broker that starts again may not know its topics for a moment. */
  #mayPass(error: unknown): boolean {
    if (error instanceof ConnectionLostError || error instanceof UnreachableError) return true
    if (!(error instanceof RequestError) || error.code !== ErrorCode.unknownTopicOrPartition) return false
    const nowMs = this.#cluster.env.clock.monotonic()
    this.#unknownSinceMs ??= nowMs
    return nowMs - this.#unknownSinceMs < unknownTopicMs
  }

  #noticeLoss(error: Error, pauses: Backoff): void {
    if (this.#isLost || this.#stopped) return
    this.#isLost = true
    pauses.reset()
    this.#options.onNotice(`${error.message}; trying again`)
  }

  #noticeReturn(connection: Connection, pauses: Backoff): void {
    if (!this.#isLost) return
    this.#isLost = false
    this.#unknownSinceMs = undefined
    pauses.reset()
    this.#options.onNotice(`connected to ${addressText(connection.address)} again`)
  }
}

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`
}
