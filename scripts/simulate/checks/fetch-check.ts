import type { RequestOf, ResponseOf } from '../../../src/protocol/codec.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { type Ended, type History, type Operation, Violation } from '../history.ts'
import { type SeenBatch, seenBatches } from './batches.ts'
import type { LogCheck } from './log-check.ts'
import type { Bounds, PartitionLog } from './partition-log.ts'
import type { TopicNames } from './topic-names.ts'

type FetchedPartition = ResponseOf<typeof fetchApi>['responses'][number]['partitions'][number]
type FetchTarget = RequestOf<typeof fetchApi>['topics'][number]['partitions'][number]
type Targets = Map<PartitionLog, FetchTarget>

/** What one partition of a fetch is compared with. */
interface Expected {
  readonly target: FetchTarget
  /** What was known when the request came. */
  readonly bounds: Bounds
  readonly wasDeleted: boolean
  readonly readCommitted: boolean
}

/** Told of every batch that a reader got: for checks of transactions. */
export type OnRead = (read: {
  readonly log: PartitionLog
  readonly batches: readonly SeenBatch[]
  readonly readCommitted: boolean
  readonly fetched: FetchedPartition
}) => void

/** The promises to readers: whole batches without gaps from the offset that was asked for, up to where they may read. */
export class FetchCheck {
  readonly #logs: LogCheck
  readonly #names: TopicNames
  readonly #onRead: OnRead
  /** KIP-227: what a session reads, by the node's incarnation and the session's id. */
  readonly #sessions = new Map<string, Targets>()

  constructor(history: History, { logs, names, onRead }: { logs: LogCheck; names: TopicNames; onRead: OnRead }) {
    this.#logs = logs
    this.#names = names
    this.#onRead = onRead
    history.watch(fetchApi, operation => this.#fetch(operation))
  }

  #fetch(operation: Operation<typeof fetchApi>): Ended<typeof fetchApi> {
    const { request, incarnation } = operation
    const targets = this.#targetsOf(operation)
    const readCommitted = request.isolationLevel === 1
    const expected = new Map<PartitionLog, Expected>()
    for (const [log, target] of targets) {
      const { bounds, deletion } = log
      expected.set(log, { target, bounds, wasDeleted: deletion === 'done', readCommitted })
    }
    return response => {
      if (!response || response.errorCode !== ErrorCode.none) return
      if (request.sessionEpoch === 0) this.#sessions.set(`${incarnation} ${response.sessionId}`, targets)
      let isTold = false
      for (const { topic, topicId, partitions } of response.responses) {
        for (const fetched of partitions) {
          const log = this.#logs.log(this.#names.of(topic, topicId), fetched.partitionIndex)
          if (this.#check(log, fetched, expected.get(log)) === 'told') isTold = true
        }
      }
      if (!isTold)
        for (const [log, { target, bounds }] of expected) checkNothing(log, target, endOf(bounds, readCommitted))
    }
  }

  #check(log: PartitionLog, fetched: FetchedPartition, expected: Expected | undefined): 'told' | 'nothing' {
    if (!expected) throw new Violation(`${log.name} is answered, which nobody asked for`)
    const { readCommitted } = expected
    if (fetched.errorCode !== ErrorCode.none) {
      refusedRead(log, fetched.errorCode, expected)
      return 'told'
    }
    if (expected.wasDeleted) log.fail('records are read after the deletion')
    checkBounds(log, expected.bounds, fetched)
    const batches = seenBatches(fetched.records as Buffer | null)
    checkBatches(log, batches, { fetched, ...expected })
    log.raise(fetched)
    this.#onRead({ log, batches, readCommitted, fetched })
    return batches.length > 0 ? 'told' : 'nothing'
  }

  /** The partitions that a request is about; those that it does not name are known from its session. */
  #targetsOf({ request, incarnation }: Operation<typeof fetchApi>): Targets {
    const { sessionId, sessionEpoch } = request
    const targets: Targets = new Map(sessionEpoch > 0 ? this.#sessions.get(`${incarnation} ${sessionId}`) : [])
    for (const { topic, topicId, partitions } of request.topics) {
      for (const target of partitions)
        targets.set(this.#logs.log(this.#names.of(topic, topicId), target.partition), target)
    }
    for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
      for (const partition of partitions) targets.delete(this.#logs.log(this.#names.of(topic, topicId), partition))
    }
    if (sessionEpoch > 0) this.#sessions.set(`${incarnation} ${sessionId}`, targets)
    return targets
  }
}

function endOf({ lastStableOffset, highWatermark }: Bounds, readCommitted: boolean): number {
  return readCommitted ? lastStableOffset : highWatermark
}

function checkNothing(log: PartitionLog, { fetchOffset, partitionMaxBytes }: FetchTarget, end: number): void {
  if (fetchOffset < end && partitionMaxBytes > 0 && !log.compacted)
    log.fail(`a fetch from ${fetchOffset} gives nothing, though it can be read up to ${end}`)
}

function refusedRead(
  log: PartitionLog,
  errorCode: number,
  { target, bounds }: { readonly target: FetchTarget; readonly bounds: Bounds },
): void {
  if (errorCode === ErrorCode.unknownTopicId && log.deletion !== 'none') return
  if (errorCode !== ErrorCode.offsetOutOfRange) log.fail(`Fetch is refused with error ${errorCode}`)
  const { fetchOffset } = target
  if (fetchOffset >= log.deletedAtMost && fetchOffset <= bounds.highWatermark)
    log.fail(`a fetch from ${fetchOffset} is out of range, though it can be read up to ${bounds.highWatermark}`)
  // So what is refused lies before the first record, and does for good.
  if (fetchOffset <= bounds.highWatermark) log.raise({ logStartOffset: fetchOffset + 1 })
}

function checkBounds(log: PartitionLog, before: Bounds, now: Bounds): void {
  // Absent in old versions.
  for (const field of ['highWatermark', 'lastStableOffset', 'logStartOffset'] as const)
    if (now[field] !== -1 && now[field] < before[field])
      log.fail(`${field} fell from ${before[field]} to ${now[field]}`)
  if (now.logStartOffset > log.deletedAtMost)
    log.fail(`the log starts at ${now.logStartOffset}, though only ${log.deletedAtMost} was asked for`)
  if (now.logStartOffset > now.highWatermark)
    log.fail(`the log starts at ${now.logStartOffset}, above the high watermark ${now.highWatermark}`)
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
  for (const [at, { baseOffset, lastOffset, bytes, contents }] of batches.entries()) {
    // The first batch holds the offset; from there on they follow each other.
    const isNext = log.compacted ? baseOffset >= next : baseOffset === next
    const holdsNext = (log.compacted || baseOffset <= next) && lastOffset >= next
    if (at === 0 ? !holdsNext : !isNext)
      log.fail(`a fetch from ${target.fetchOffset} comes to a batch of ${baseOffset} to ${lastOffset}, not ${next}`)
    if (lastOffset >= end) log.fail(`a fetch gives offset ${lastOffset}, though it may be read only up to ${end}`)
    for (const { offset, content } of contents) log.learn(offset, content)
    log.readBatch(baseOffset, bytes)
    next = lastOffset + 1
  }
}
