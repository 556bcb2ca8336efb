import type { RequestOf, ResponseOf } from '../../../src/protocol/codec.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { deleteRecordsApi } from '../../../src/protocol/messages/delete-records.ts'
import { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { listOffsetsApi } from '../../../src/protocol/messages/list-offsets.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import type { Ended, History, Operation } from '../history.ts'
import { type SeenBatch, seenBatches } from './batches.ts'
import { type Bounds, PartitionLog } from './partition-log.ts'

type FetchedPartition = ResponseOf<typeof fetchApi>['responses'][number]['partitions'][number]
type FetchTarget = RequestOf<typeof fetchApi>['topics'][number]['partitions'][number]

/** Told of every batch that a reader got: for checks of transactions. */
export type OnRead = (read: {
  readonly log: PartitionLog
  readonly batches: readonly SeenBatch[]
  readonly readCommitted: boolean
  readonly fetched: FetchedPartition
}) => void

/**
 * The promises of the log: what was acknowledged is read, by all, at its offset, once and in order; what was read stays;
 * high watermark, last stable offset and log start never fall.
 */
export class LogCheck {
  readonly #logs = new Map<string, PartitionLog>()
  readonly #onRead: OnRead

  constructor(history: History, onRead: OnRead = () => {}) {
    this.#onRead = onRead
    history.watch(produceApi, operation => this.#produce(operation))
    history.watch(fetchApi, operation => this.#fetch(operation))
    history.watch(listOffsetsApi, operation => this.#listOffsets(operation))
    history.watch(deleteRecordsApi, operation => this.#deleteRecords(operation))
  }

  logs(): Iterable<PartitionLog> {
    return this.#logs.values()
  }

  log(topic: string, partition: number): PartitionLog {
    const name = `${topic}-${partition}`
    return this.#logs.getOrInsertComputed(name, () => new PartitionLog(name))
  }

  /** Everything has been read, and no transaction is open. */
  finish(): void {
    for (const log of this.#logs.values()) {
      const { lastStableOffset, highWatermark } = log.bounds
      if (lastStableOffset < highWatermark)
        log.fail(`the last stable offset stays at ${lastStableOffset}, the high watermark is ${highWatermark}`)
      log.finish()
    }
  }

  #produce({ request }: Operation<typeof produceApi>): Ended<typeof produceApi> {
    const sent = request.topicData.flatMap(({ name, partitionData }) =>
      partitionData.map(({ index, records }) => {
        const log = this.log(name, index)
        const batches = seenBatches(records as Buffer | null)
        for (const { contents } of batches) {
          for (const { content } of contents) if (content.kind === 'record') log.send(content.value)
        }
        return { log, batches, bounds: log.bounds }
      }),
    )
    return response => {
      const results = response?.responses.flatMap(({ partitionResponses }) => partitionResponses) ?? []
      for (const [at, { errorCode, baseOffset }] of results.entries()) {
        const { log, batches, bounds } = sent[at]!
        if (errorCode === ErrorCode.none) acknowledged(log, { batches, baseOffset, bounds })
        else if (!mayBeRefusedWith.has(errorCode)) log.fail(`Produce is refused with error ${errorCode}`)
      }
    }
  }

  #fetch({ request }: Operation<typeof fetchApi>): Ended<typeof fetchApi> {
    const targets = new Map<PartitionLog, { readonly target: FetchTarget; readonly bounds: Bounds }>()
    for (const { topic, partitions } of request.topics) {
      for (const target of partitions) {
        const log = this.log(topic, target.partition)
        targets.set(log, { target, bounds: log.bounds })
      }
    }
    const readCommitted = request.isolationLevel === 1
    return response => {
      for (const { topic, partitions } of response?.responses ?? []) {
        for (const fetched of partitions) {
          const log = this.log(topic, fetched.partitionIndex)
          const { target, bounds } = targets.get(log)!
          if (fetched.errorCode !== ErrorCode.none) {
            refusedRead(log, fetched.errorCode, { target, bounds })
            continue
          }
          checkBounds(log, bounds, fetched)
          const batches = seenBatches(fetched.records as Buffer | null)
          checkBatches(log, batches, { fetched, target, readCommitted })
          const end = readCommitted ? bounds.lastStableOffset : bounds.highWatermark
          if (batches.length === 0 && target.fetchOffset < end && targets.size === 1)
            log.fail(`a fetch from ${target.fetchOffset} gives nothing, though it can be read up to ${end}`)
          log.raise(fetched)
          this.#onRead({ log, batches, readCommitted, fetched })
        }
      }
    }
  }

  #listOffsets({ request }: Operation<typeof listOffsetsApi>): Ended<typeof listOffsetsApi> {
    const asked = request.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, timestamp }) => {
        const log = this.log(name, partitionIndex)
        return { log, timestamp, bounds: log.bounds }
      }),
    )
    const end = request.isolationLevel === 1 ? 'lastStableOffset' : 'highWatermark'
    return response => {
      const results = response?.topics.flatMap(({ partitions }) => partitions) ?? []
      for (const [at, { offset, errorCode }] of results.entries()) {
        const { log, timestamp, bounds } = asked[at]!
        if (errorCode !== ErrorCode.none) log.fail(`ListOffsets is refused with error ${errorCode}`)
        const field = timestamp === -1 ? end : 'logStartOffset'
        if (offset < bounds[field])
          log.fail(`ListOffsets (${timestamp}) answers ${offset}, but it was ${bounds[field]} before`)
        log.raise({ [field]: offset })
      }
    }
  }

  #deleteRecords({ request }: Operation<typeof deleteRecordsApi>): Ended<typeof deleteRecordsApi> {
    for (const { name, partitions } of request.topics) {
      for (const { partitionIndex, offset } of partitions) {
        const log = this.log(name, partitionIndex)
        log.deletedAtMost = Math.max(log.deletedAtMost, offset)
      }
    }
    return response => {
      for (const { name, partitions } of response?.topics ?? []) {
        for (const { partitionIndex, lowWatermark, errorCode } of partitions)
          if (errorCode === ErrorCode.none) this.log(name, partitionIndex).raise({ logStartOffset: lowWatermark })
      }
    }
  }
}

/** What a producer may be told: that its transaction is over, or that another one has taken its place. */
const mayBeRefusedWith: ReadonlySet<number> = new Set([
  ErrorCode.invalidProducerEpoch,
  ErrorCode.producerFenced,
  ErrorCode.invalidTxnState,
  ErrorCode.invalidProducerIdMapping,
  ErrorCode.concurrentTransactions,
  ErrorCode.transactionAbortable,
  // Of the first generation, while its previous transaction ends.
  ErrorCode.notEnoughReplicas,
])

function acknowledged(
  log: PartitionLog,
  { batches, baseOffset, bounds }: { batches: readonly SeenBatch[]; baseOffset: number; bounds: Bounds },
): void {
  let end = baseOffset
  for (const { contents, producerId } of batches) {
    // Only who has an id may be answered for something that it had sent before.
    if (producerId < 0 && baseOffset < bounds.highWatermark)
      log.fail(`a batch was put at ${baseOffset}, though records up to ${bounds.highWatermark} could be read before`)
    for (const { content } of contents) log.learn(end++, content)
  }
  log.raise({ highWatermark: end })
}

function refusedRead(
  log: PartitionLog,
  errorCode: number,
  { target, bounds }: { readonly target: FetchTarget; readonly bounds: Bounds },
): void {
  if (errorCode !== ErrorCode.offsetOutOfRange) log.fail(`Fetch is refused with error ${errorCode}`)
  const { fetchOffset } = target
  if (fetchOffset >= log.deletedAtMost && fetchOffset <= bounds.highWatermark)
    log.fail(`a fetch from ${fetchOffset} is out of range, though it can be read up to ${bounds.highWatermark}`)
}

function checkBounds(log: PartitionLog, before: Bounds, now: Bounds): void {
  // Absent in old versions.
  for (const field of ['highWatermark', 'lastStableOffset', 'logStartOffset'] as const)
    if (now[field] !== -1 && now[field] < before[field])
      log.fail(`${field} fell from ${before[field]} to ${now[field]}`)
  if (now.logStartOffset > log.deletedAtMost)
    log.fail(`the log starts at ${now.logStartOffset}, though only ${log.deletedAtMost} was asked for`)
  if (now.lastStableOffset > now.highWatermark)
    log.fail(`the last stable offset ${now.lastStableOffset} is above the high watermark ${now.highWatermark}`)
}

function checkBatches(
  log: PartitionLog,
  batches: readonly SeenBatch[],
  read: { readonly fetched: FetchedPartition; readonly target: FetchTarget; readonly readCommitted: boolean },
): void {
  const { fetched, target, readCommitted } = read
  const end = readCommitted ? fetched.lastStableOffset : fetched.highWatermark
  let next = target.fetchOffset
  for (const [at, { baseOffset, lastOffset, contents }] of batches.entries()) {
    // The first batch holds the offset; from there on they follow each other.
    if (at === 0 ? baseOffset > next || lastOffset < next : baseOffset !== next)
      log.fail(`a fetch from ${target.fetchOffset} comes to a batch of ${baseOffset} to ${lastOffset}, not ${next}`)
    if (lastOffset >= end) log.fail(`a fetch gives offset ${lastOffset}, though it may be read only up to ${end}`)
    for (const { offset, content } of contents) log.learn(offset, content)
    next = lastOffset + 1
  }
}
