import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { fetchApi } from '../protocol/messages/fetch.ts'
import { type FetchLimits, type PartitionOutcome, readRound } from './fetch-round.ts'
import type { FetchTarget } from './fetch-sessions.ts'
import { type Call, handler, type Services } from './handle.ts'

// Fetch v0-18. Below v4 records are refused (UNSUPPORTED_VERSION): they are stored in format v2 only. Left out: what
// followers send (replica state, last fetched epoch, high watermark, directory ids, cluster id), reading from followers
// (rack id), remote storage.

type FetchRequest = RequestOf<typeof fetchApi>

export const fetch = handler(fetchApi, {
  async handle(request, call, services) {
    const context = services.fetchSessions.begin({
      sessionId: request.sessionId,
      sessionEpoch: request.sessionEpoch,
      usesTopicIds: call.version >= 13,
      targets: targetsOf(request),
      forgotten: request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
        partitions.map(partition => ({ topic, topicId, partition })),
      ),
    })
    const limits: FetchLimits = {
      version: call.version,
      maxBytes: Math.min(
        request.maxBytes,
        services.configuration.broker['fetch.max.bytes'],
        services.quotas.largestAtOnce('consumer_byte_rate', call),
      ),
      readCommitted: request.isolationLevel === 1,
    }
    const outcomes = await readEnough(context.targets, request, limits, call, services)
    const throttleTimeMs = chargeBytes(outcomes, call, services)
    // As in Kafka, who is over the quota gets nothing yet, and is not charged for it.
    if (throttleTimeMs > 0)
      return { throttleTimeMs, errorCode: ErrorCode.none, sessionId: context.sessionId(), responses: [] }
    const answered = context.finish(outcomes)
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      sessionId: answered.sessionId,
      responses: groupByTopic(answered.outcomes, limits),
    }
  },
  refuse: (request, { errorCode }, call) => ({
    throttleTimeMs: 0,
    errorCode,
    sessionId: 0,
    // Older versions have no place for an error of the whole request.
    responses: call.version >= 7 ? [] : refuseEach(request, errorCode),
  }),
})

function targetsOf(request: FetchRequest): FetchTarget[] {
  const targets: FetchTarget[] = []
  for (const { topic, topicId, partitions } of request.topics) {
    for (const { partition, currentLeaderEpoch, fetchOffset, partitionMaxBytes } of partitions)
      targets.push({ topic, topicId, partition, currentLeaderEpoch, fetchOffset, maxBytes: partitionMaxBytes })
  }
  return targets
}

/** Reads, and where that gives less than `minBytes`, parks the request until there is more or its time is up. */
async function readEnough(
  targets: readonly FetchTarget[],
  request: FetchRequest,
  limits: FetchLimits,
  call: Call,
  services: Services,
): Promise<PartitionOutcome[]> {
  const { clock } = services.env
  const deadlineMs = clock.monotonic() + request.maxWaitMs
  const upTo = limits.readCommitted ? 'lastStableOffset' : 'highWatermark'
  for (;;) {
    const { outcomes, isShort } = await readShare(targets, limits, call, services)
    // Who was given less than it may have must not wait for what it could not be given.
    const minBytes = isShort ? 1 : Math.min(request.minBytes, limits.maxBytes)
    const timeoutMs = deadlineMs - clock.monotonic()
    const missingBytes = outcomes.reduce((missing, outcome) => missing - outcome.bytes, minBytes)
    const readable = outcomes.flatMap(({ partition, range }) =>
      partition && range ? { partition, seenEnd: range[upTo] } : [],
    )
    if (timeoutMs <= 0 || missingBytes <= 0 || readable.length === 0 || outcomes.some(isTellingError)) return outcomes
    // Not for as long as it waits: it reads anew.
    call.loans.release()
    const { signal } = call.connection
    const end = await services.readWaiters.wait({
      partitions: readable,
      upTo,
      bytesWanted: missingBytes,
      timeoutMs,
      signal,
    })
    if (end === 'aborted' || end === 'closed') return (await readShare(targets, limits, call, services)).outcomes
  }
}

/** Reads once, as much as there is memory for. Once the answer is with the connection, that counts it. */
async function readShare(targets: readonly FetchTarget[], limits: FetchLimits, { loans }: Call, services: Services) {
  const maxBytes = services.responseMemory.takeShare(limits.maxBytes)
  try {
    return {
      outcomes: await readRound(targets, { ...limits, maxBytes }, loans, services),
      isShort: maxBytes < limits.maxBytes,
    }
  } finally {
    services.responseMemory.release(maxBytes)
  }
}

// An error is told at once, but not that of a topic that does not exist: like Kafka, we let it wait for the partitions
// that do, or else a client would ask for it in a tight loop.
function isTellingError(outcome: PartitionOutcome): boolean {
  return outcome.partition !== undefined && outcome.errorCode !== ErrorCode.none
}

function chargeBytes(outcomes: readonly PartitionOutcome[], call: Call, { quotas }: Services): number {
  if (!quotas.isOn) return 0
  const bytes = outcomes.reduce((sum, outcome) => sum + outcome.bytes, 0)
  const throttleTimeMs = quotas.charge('consumer_byte_rate', call, bytes)
  if (throttleTimeMs > 0) quotas.refund('consumer_byte_rate', call, bytes)
  return throttleTimeMs
}

function groupByTopic(outcomes: readonly PartitionOutcome[], limits: FetchLimits) {
  const topics: { topic: string; topicId: string; partitions: ReturnType<typeof partitionData>[] }[] = []
  for (const outcome of outcomes) {
    const { topic, topicId } = outcome.target
    let last = topics.at(-1)
    if (!last || last.topic !== topic || last.topicId !== topicId) {
      last = { topic, topicId, partitions: [] }
      topics.push(last)
    }
    last.partitions.push(partitionData(outcome, limits))
  }
  return topics
}

function partitionData(outcome: PartitionOutcome, limits: FetchLimits) {
  return {
    partitionIndex: outcome.target.partition,
    errorCode: outcome.errorCode,
    highWatermark: outcome.highWatermark,
    lastStableOffset: outcome.lastStableOffset,
    logStartOffset: outcome.logStartOffset,
    abortedTransactions: (limits.readCommitted && outcome.range?.abortedTransactions) || null,
    preferredReadReplica: -1,
    records: outcome.range?.batches ?? [],
  }
}

function refuseEach(request: FetchRequest, errorCode: number) {
  const unknown = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, abortedTransactions: null }
  return request.topics.map(({ topic, partitions }) => ({
    topic,
    topicId: zeroUuid,
    partitions: partitions.map(({ partition }) => ({
      ...unknown,
      partitionIndex: partition,
      errorCode,
      preferredReadReplica: -1,
      records: [],
    })),
  }))
}
