import { ErrorCode } from '../../../src/protocol/errors.ts'
import { deleteRecordsApi } from '../../../src/protocol/messages/delete-records.ts'
import { deleteTopicsApi } from '../../../src/protocol/messages/delete-topics.ts'
import { listOffsetsApi } from '../../../src/protocol/messages/list-offsets.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import type { Ended, History, Operation } from '../history.ts'
import { type SeenBatch, seenBatches } from './batches.ts'
import { type Bounds, PartitionLog } from './partition-log.ts'
import type { TopicNames } from './topic-names.ts'

/** The one topic of the simulation that is compacted. */
export const compactedTopic = 'compacted'
/** The one whose size is limited, and the limit of each of its partitions. */
export const limitedTopic = 'limited'
export const retentionBytes = 30_000

/**
 * The promises of the log: what was acknowledged is read, by all, at its offset, once and in order; what was read stays;
 * high watermark, last stable offset and log start never fall. Reading is for `FetchCheck`.
 */
export class LogCheck {
  readonly #logs = new Map<string, PartitionLog>()
  readonly #names: TopicNames

  constructor(history: History, names: TopicNames) {
    this.#names = names
    history.watch(produceApi, operation => this.#produce(operation))
    history.watch(listOffsetsApi, operation => this.#listOffsets(operation))
    history.watch(deleteTopicsApi, operation => this.#deleteTopics(operation))
    history.watch(deleteRecordsApi, operation => this.#deleteRecords(operation))
  }

  logs(): Iterable<PartitionLog> {
    return this.#logs.values()
  }

  log(topic: string, partition: number): PartitionLog {
    const name = `${topic}-${partition}`
    const options = {
      compacted: topic === compactedTopic,
      retentionBytes: topic === limitedTopic ? retentionBytes : undefined,
    }
    return this.#logs.getOrInsertComputed(name, () => new PartitionLog(name, options))
  }

  /** Everything has been read, and no transaction is open. */
  finish(): void {
    for (const log of this.#logs.values()) {
      if (log.deletion !== 'none') continue
      const { lastStableOffset, highWatermark } = log.bounds
      if (lastStableOffset < highWatermark)
        log.fail(`the last stable offset stays at ${lastStableOffset}, the high watermark is ${highWatermark}`)
      log.finish()
    }
  }

  #produce({ request }: Operation<typeof produceApi>): Ended<typeof produceApi> {
    const sent = request.topicData.flatMap(({ name, topicId, partitionData }) =>
      partitionData.map(({ index, records }) => {
        const log = this.log(this.#names.of(name, topicId), index)
        const batches = seenBatches(records as Buffer | null)
        for (const { contents } of batches) {
          for (const { content } of contents) if (content.kind === 'record') log.send(content.value)
        }
        return { log, batches, bounds: log.bounds, deletion: log.deletion }
      }),
    )
    return response => {
      const results = response?.responses.flatMap(({ partitionResponses }) => partitionResponses) ?? []
      for (const [at, { errorCode, baseOffset }] of results.entries()) {
        const { log, batches, bounds, deletion } = sent[at]!
        if (errorCode === ErrorCode.none && deletion === 'done') log.fail('a batch was taken after the deletion')
        if (errorCode === ErrorCode.none) acknowledged(log, { batches, baseOffset, bounds })
        else if (errorCode === ErrorCode.unknownTopicId && log.deletion !== 'none') continue
        else if (!mayBeRefusedWith.has(errorCode)) log.fail(`Produce is refused with error ${errorCode}`)
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

  /** Topics that are deleted have one partition, and are named by their ids. */
  #deleteTopics({ request }: Operation<typeof deleteTopicsApi>): Ended<typeof deleteTopicsApi> {
    for (const { topicId } of request.topics) {
      const log = this.log(topicId, 0)
      if (log.deletion === 'none') log.deletion = 'asked'
    }
    return response => {
      for (const { topicId, errorCode } of response?.responses ?? [])
        if (errorCode === ErrorCode.none) this.log(topicId, 0).deletion = 'done'
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
