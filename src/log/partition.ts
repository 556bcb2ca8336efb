import { Loans, release, retain } from '../base/page-pool.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { assignOffset, batchBaseOffset, batchLastOffset, batchMaxTimestamp } from '../protocol/records/batch.ts'
import type { PartitionProducers, ProducerBatch } from '../storage/change.ts'
import type { CompactionProgress, RowReplacement } from '../storage/compaction-round.ts'
import type { AbortedTransaction, RecoveredPartition } from '../storage/recovered-state.ts'
import { AbortedTransactions } from './aborted-transactions.ts'
import { bytesToStore, checkAgainstRules } from './append-checks.ts'
import type { Appended, AppendOptions } from './appended.ts'
import type { LogContext } from './log-context.ts'
import { bytesBetween } from './log-size.ts'
import { type ListedOffset, listOffset } from './offset-lookup.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { claimOf, judge, type ProducerClaim } from './producer-claim.ts'
import { type ProducerEntry, ProducerTable } from './producer-state.ts'
import { endOfPieces, type FetchedRange, type RangeRequest, readCached, readStored } from './range-reader.ts'
import type { ReadLimit, Watched, Watcher } from './read-waiters.ts'
import { ReadableEnd } from './readable-end.ts'
import type { Topic } from './topics.ts'
import { markerBatch, type TransactionEnd } from './transaction-end.ts'

/** Where a batch goes in the log, and what it is. */
interface Place {
  readonly baseOffset: number
  readonly timestamp: number
  readonly nowMs: number
  /** First offset of the transaction that it ends, -1 for none. */
  readonly decided: number
}

/**
 * One partition's log, as this node leads it. Offsets are assigned here, in memory; the write queue makes them durable
 * in the same order, and only then readers see them.
 *
 * `logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset` always.
 */
export class Partition implements Watched {
  readonly id: number
  readonly topic: Topic
  readonly index: number
  /** Stored with every batch. Rises when another node takes the lead: with a single node, never. */
  readonly leaderEpoch: number
  readonly #context: LogContext
  #logStartOffset: number
  /** What the log start is about to become; the same when it is not moving. */
  #nextLogStart: number
  #logEndOffset: number
  readonly #readable: ReadableEnd
  #sizeBytes: number
  #pendingBytes = 0
  #closed = false
  // Undefined where there is nothing to keep in them: most partitions are idle most of the time.
  #producers: ProducerTable | undefined
  #aborted: AbortedTransactions | undefined
  /** What takes rows away has to know how many bytes the one before it took. */
  readonly #removals = new OneAtATime()

  constructor(context: LogContext, topic: Topic, recovered: RecoveredPartition) {
    this.#context = context
    this.topic = topic
    this.id = recovered.partitionId
    this.index = recovered.index
    this.leaderEpoch = recovered.leaderEpoch
    this.#logStartOffset = recovered.logStartOffset
    this.#nextLogStart = recovered.logStartOffset
    this.#logEndOffset = recovered.logEndOffset
    this.#sizeBytes = recovered.bytes
    const { producers, aborted } = recovered
    if (producers) this.#producers = ProducerTable.recovered(producers, context.env.clock.now())
    this.#readable = new ReadableEnd(recovered.logEndOffset, this.#producers?.openTransactions() ?? [])
    if (aborted.length > 0) this.#aborted = AbortedTransactions.recovered(aborted, this.#readable.undecidedFrom)
    // What was replayed is in no snapshot yet, and the next one ends the replay of these batches.
    if (producers && producers.replay.length > 0) context.snapshots.changed(this)
  }

  /** Offset of the oldest record that can be read. Never falls. */
  get logStartOffset(): number {
    return this.#logStartOffset
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.#logEndOffset
  }

  /** The end of what is durable: readers see no further. */
  get highWatermark(): number {
    return this.#readable.highWatermark
  }

  /**
   * The end of what readers with `read_committed` see: the first offset of the oldest transaction that is open or whose
   * marker is not durable yet, else the high watermark.
   */
  get lastStableOffset(): number {
    // DeleteRecords may have taken the beginning of it.
    return Math.max(this.#readable.lastStableOffset, this.#logStartOffset)
  }

  /** Bytes of all batches that can be read or are about to be; rows that lie partly below the log start count whole. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The topic was deleted: everything throws UNKNOWN_TOPIC_OR_PARTITION. */
  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * Appends one batch of a client, which must have passed `checkBatch`; its offset and leader epoch (and time, where the
   * topic says so) are written into it. `done` is called later, once, when it is durable; for a repeated batch, when the
   * first one is.
   *
   * A transactional batch opens a transaction where its producer has none here; whether the coordinator knows of it is the
   * caller's to check.
   *
   * Throws `KafkaError` MESSAGE_TOO_LARGE, INVALID_TIMESTAMP, INVALID_RECORD, INVALID_PRODUCER_EPOCH,
   * OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE (not transactional, within a transaction of its producer) or
   * UNKNOWN_TOPIC_OR_PARTITION; `done` is then never called.
   */
  append(batch: Buffer, { nowMs, implicit = false }: AppendOptions, done: () => void): Appended {
    this.#checkOpen()
    const rules = this.topic.rules
    checkAgainstRules(batch, rules, nowMs)
    const claim = claimOf(batch, implicit)
    const repeated = claim && judge(this.#producers?.get(claim.producerId), claim)
    if (repeated) return this.#repeat(repeated, done)
    const data = bytesToStore(batch, rules, nowMs)
    const baseOffset = this.#logEndOffset
    assignOffset(data, 0, { baseOffset, leaderEpoch: this.leaderEpoch })
    const timestamp = batchMaxTimestamp(data)
    if (claim) this.#remember(claim, { baseOffset, timestamp }, nowMs)
    this.#submit(data, { baseOffset, timestamp, nowMs, decided: -1 }, done)
    return {
      baseOffset,
      logAppendTimeMs: rules.stampsAppendTime ? nowMs : -1,
      logStartOffset: this.#logStartOffset,
      duplicate: false,
    }
  }

  /** The producer has a transaction here that was neither committed nor aborted. */
  hasOpenTransaction(producerId: number): boolean {
    return (this.#producers?.get(producerId)?.transactionFirstOffset ?? -1) >= 0
  }

  /**
   * Ends a producer's transaction here: appends the marker, and remembers the transaction for readers where it was
   * aborted. Without an open one there is the marker all the same, as with Kafka: it carries the producer's epoch.
   * Readers with `read_committed` see further when it is durable; `done` is called then.
   *
   * All of it is in one commit: within `WriteQueue.together`, in that of everything else that the end consists of. Throws
   * `KafkaError` INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED or UNKNOWN_TOPIC_OR_PARTITION; nothing has
   * changed then.
   */
  endTransaction(end: TransactionEnd, done: () => void): void {
    this.#checkOpen()
    const nowMs = this.#context.env.clock.now()
    this.#producers ??= new ProducerTable()
    const firstOffset = this.#producers.end(end, nowMs)
    this.#context.snapshots.changed(this)
    const baseOffset = this.#logEndOffset
    const marker = markerBatch(end, { baseOffset, leaderEpoch: this.leaderEpoch })
    this.#context.writes.together(() => {
      this.#submit(marker, { baseOffset, timestamp: end.timestampMs, nowMs, decided: firstOffset }, done)
      if (firstOffset < 0 || end.committed) return
      const transaction = { producerId: end.producerId, firstOffset, lastOffset: baseOffset }
      this.#aborted ??= new AbortedTransactions()
      this.#aborted.add(transaction, this.#readable.undecidedFrom)
      this.#context.writes.apply({ kind: 'addAbortedTransaction', partitionId: this.id, transaction })
    })
  }

  /**
   * Reads whole batches, the first one holding `offset`; at once where they are in the cache, else from the disk.
   * Empty when `offset` is at the end or beyond what the reader may see. `loans` hold its memory.
   *
   * Throws (or rejects with) `KafkaError` OFFSET_OUT_OF_RANGE or UNKNOWN_TOPIC_OR_PARTITION.
   */
  read(request: RangeRequest, loans = new Loans()): FetchedRange | Promise<FetchedRange> {
    this.#checkOpen()
    const { offset, maxBytes, minOneBatch, upTo } = request
    if (offset < this.#logStartOffset || offset > this.#logEndOffset) throw this.#outOfRange(offset)
    const isNothingWanted = maxBytes <= 0 && !minOneBatch
    if (offset >= this[upTo] || isNothingWanted) return this.#fetched(request, { batches: [], bytes: 0 })
    const run = this.#context.cache.run(this.id)
    if (!run?.oldest || run.oldest.baseOffset > offset) return this.#readStored(request, loans)
    return this.#fetched(request, readCached(run, request, this[upTo], loans))
  }

  /**
   * What ListOffsets answers for a timestamp: the first record at or after it that the reader may see, or one of Kafka's
   * special values (`specialTimestamp`). Throws or rejects with `KafkaError` UNKNOWN_TOPIC_OR_PARTITION.
   */
  listOffset(timestamp: number, upTo: ReadLimit): ListedOffset | Promise<ListedOffset> {
    this.#checkOpen()
    const { id: partitionId, leaderEpoch, logStartOffset: startOffset } = this
    return listOffset(this.#context, { partitionId, leaderEpoch, startOffset, endOffset: () => this[upTo] }, timestamp)
  }

  /**
   * OffsetForLeaderEpoch: where the given epoch ended here; both fields -1 if that is not known. With one node there
   * is one epoch, and it has not ended.
   */
  epochEnd(leaderEpoch: number): { readonly leaderEpoch: number; readonly endOffset: number } {
    this.#checkOpen()
    if (leaderEpoch !== this.leaderEpoch) return { leaderEpoch: -1, endOffset: -1 }
    return { leaderEpoch, endOffset: this.#logEndOffset }
  }

  /**
   * DeleteRecords: records below `offset` (-1: all that are durable) are gone once this resolves, with the log start that
   * holds then. Rejects with `KafkaError` POLICY_VIOLATION for a topic that is only compacted, OFFSET_OUT_OF_RANGE.
   */
  async deleteRecordsBefore(offset: number): Promise<number> {
    this.#checkOpen()
    const { compacts, deletes } = this.topic.rules
    if (compacts && !deletes) {
      throw new KafkaError(
        ErrorCode.policyViolation,
        'records of a topic with cleanup.policy=compact cannot be deleted',
      )
    }
    const target = offset === -1 ? this.highWatermark : offset
    if (target < 0 || target > this.highWatermark) throw this.#outOfRange(target)
    await this.advanceLogStart(target)
    return this.#logStartOffset
  }

  /** Raises the log start to `offset`, at most the high watermark; resolves when that is durable. Storage removes the rows. */
  advanceLogStart(offset: number): Promise<void> {
    return this.#removals.run(() => this.#advance(offset))
  }

  /** Batches are about to be compacted: recovery must find in a snapshot what it learnt from them. */
  beforeCompaction(): void {
    this.#checkOpen()
    this.#context.snapshots.beforeDeletion(this)
  }

  /**
   * Makes one step of a compaction: puts the rows that `step` answers in the place of those that are there. Nothing else
   * takes rows away meanwhile. Rejects with `KafkaError` UNKNOWN_TOPIC_OR_PARTITION.
   */
  compact(step: () => Promise<CompactionProgress>): Promise<CompactionProgress> {
    return this.#removals.run(async () => {
      const progress = await step()
      this.#checkOpen()
      if (progress.kind === 'replace') await this.#replaceRows(progress.replacement)
      return progress
    })
  }

  /** Tells `watcher` of everything that it can see from now on. */
  watch(watcher: Watcher): void {
    this.#readable.watch(watcher)
  }

  unwatch(watcher: Watcher): void {
    this.#readable.unwatch(watcher)
  }

  /** The producers with an id that wrote here, for DescribeProducers. */
  producers(): Iterable<ProducerEntry> {
    return this.#producers?.entries() ?? []
  }

  /** Its aborted transactions with an offset in `[from, to)`, in the order of their ends. */
  abortedWithin(from: number, to: number): readonly AbortedTransaction[] {
    return this.#aborted?.overlapping(from, to) ?? none
  }

  /** Forgets producers that were last heard of at or before `beforeMs`. */
  expireProducers(beforeMs: number): void {
    if (!this.#producers?.expire(beforeMs)) return
    if (this.#producers.size === 0) this.#producers = undefined
    this.#context.snapshots.changed(this)
  }

  producerSnapshot(): PartitionProducers {
    return {
      partitionId: this.id,
      uptoOffset: this.#logEndOffset,
      producers: this.#producers?.snapshot() ?? [],
    }
  }

  /** The topic is deleted: who waits or reads is told that there is no such partition, and the memory is given back. */
  close(): void {
    this.#closed = true
    this.#context.cache.drop(this.id)
    this.#context.readAhead.forget(this.id)
    this.#context.snapshots.forget(this)
    this.#producers = undefined
    this.#aborted = undefined
    this.#readable.close()
  }

  #remember(claim: ProducerClaim, place: { baseOffset: number; timestamp: number }, nowMs: number): void {
    this.#producers ??= new ProducerTable()
    if (claim.transactional && !this.hasOpenTransaction(claim.producerId)) this.#readable.begin(place.baseOffset)
    this.#producers.record(claim, place, nowMs)
    this.#context.snapshots.changed(this)
  }

  #submit(data: Buffer, place: Place, done: () => void): void {
    const { baseOffset, timestamp, decided } = place
    const lastOffset = batchLastOffset(data)
    const partitionId = this.id
    this.#logEndOffset = lastOffset + 1
    this.#sizeBytes += data.length
    this.#pendingBytes += data.length
    this.#context.cache.add({ partitionId, baseOffset, lastOffset, maxTimestamp: timestamp, data })
    // Retention by time needs one: for records without, Kafka goes by the time of writing too.
    const maxTimestamp = timestamp < 0 ? place.nowMs : timestamp
    // The request's answer may come before this is written (acks=0).
    retain(data)
    this.#context.writes.append({ partitionId, baseOffset, lastOffset, maxTimestamp, data }, () => {
      release(data)
      this.#pendingBytes -= data.length
      this.#readable.raise({ endOffset: lastOffset + 1, bytes: data.length, decided }, done)
    })
    this.#context.snapshots.appended(data.length)
  }

  // The client holds an old answer, or none: it gets the first offset, as for a success, but not before that batch is safe.
  #repeat(batch: ProducerBatch, done: () => void): Appended {
    if (batch.lastOffset < this.highWatermark) this.#context.env.clock.soon(done)
    else this.#readable.whenDurable(batch.lastOffset, done)
    return {
      baseOffset: batch.baseOffset,
      logAppendTimeMs: this.topic.rules.stampsAppendTime ? batch.timestamp : -1,
      logStartOffset: this.#logStartOffset,
      duplicate: true,
    }
  }

  async #readStored(request: RangeRequest, loans: Loans): Promise<FetchedRange> {
    const log = { ...this.#context, loans }
    const pieces = await readStored(log, this.id, request, () => this.#checkOpen()[request.upTo])
    // Deletion may have overtaken the read: what came next is no answer then, nor is a refusal before others see the new start.
    const [first] = pieces.batches
    const isWhole = first !== undefined && batchBaseOffset(first) <= request.offset
    if (!isWhole && request.offset < this.#nextLogStart) await this.#removals.run(async () => {})
    if (request.offset < this.#logStartOffset) throw this.#outOfRange(request.offset)
    return this.#fetched(request, pieces)
  }

  async #advance(offset: number): Promise<void> {
    this.#checkOpen()
    if (offset <= this.#logStartOffset) return
    const emptied = offset === this.highWatermark ? this.#sizeBytes - this.#pendingBytes : undefined
    const range = { from: this.#logStartOffset, to: offset }
    const removedBytes = emptied ?? (await bytesBetween(this.#context.reader, this.id, range))
    this.#nextLogStart = offset
    this.#context.snapshots.beforeDeletion(this)
    await new Promise<void>(resolve =>
      this.#context.writes.apply({ kind: 'advanceLogStart', partitionId: this.id, offset }, resolve),
    )
    this.#logStartOffset = offset
    this.#sizeBytes -= removedBytes
    this.#context.cache.drop(this.id, offset)
    this.#aborted?.dropBelow(offset)
    if (this.#aborted?.count === 0) this.#aborted = undefined
  }

  async #replaceRows({ removedBytes, endOffset, ...rows }: RowReplacement): Promise<void> {
    // Before their markers go: who is told of an aborted transaction skips records until it meets the marker.
    this.#aborted?.drop(rows.forgottenAborts)
    await new Promise<void>(resolve => this.#context.writes.apply({ kind: 'replaceRows', ...rows }, resolve))
    this.#sizeBytes -= removedBytes
    this.#context.readAhead.forget(this.id)
    this.#context.cache.drop(this.id, endOffset)
  }

  #fetched({ upTo, offset }: RangeRequest, { batches, bytes }: Pick<FetchedRange, 'batches' | 'bytes'>): FetchedRange {
    const isCommitted = upTo === 'lastStableOffset'
    return {
      batches,
      bytes,
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: this.#logStartOffset,
      abortedTransactions: isCommitted && this.#aborted ? this.abortedWithin(offset, endOfPieces(batches)) : none,
    }
  }

  #checkOpen(): this {
    if (this.#closed) throw new KafkaError(ErrorCode.unknownTopicOrPartition, `topic '${this.topic.name}' was deleted`)
    return this
  }

  #outOfRange(offset: number): KafkaError {
    const range = `${this.#logStartOffset} to ${this.#logEndOffset}`
    return new KafkaError(ErrorCode.offsetOutOfRange, `offset ${offset} is not within ${range}`)
  }
}

const none: readonly AbortedTransaction[] = []
