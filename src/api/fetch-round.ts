import type { Loans } from '../base/page-pool.ts'
import { checkLeaderEpoch } from '../log/leader-epoch.ts'
import type { Partition } from '../log/partition.ts'
import type { FetchedRange, RangeRequest } from '../log/range-reader.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { FetchOutcome, FetchTarget } from './fetch-sessions.ts'
import { itemFailure, type Services } from './handle.ts'
import { findPartition } from './topic-lookup.ts'

export interface FetchLimits {
  readonly version: number
  readonly maxBytes: number
  readonly readCommitted: boolean
}

/** What one partition has to give. */
export interface PartitionOutcome extends FetchOutcome {
  /** Undefined where the request named something that is not there. */
  readonly partition: Partition | undefined
  readonly lastStableOffset: number
  readonly range: FetchedRange | undefined
}

/**
 * A smaller part of an answer is left free: partitions would be read for it, to find that their next batch does not fit. (A
 * scan of 16 partitions with answers of 8 MiB copied three quarters of all it read for that.)
 */
const smallestPart = 1 / 64

/** Fetch below this version can carry the old message formats only. */
const firstVersionWithBatches = 4

/**
 * Reads all partitions once, in their order, until `maxBytes` are reached; what comes after that is answered without
 * records. The first batch of all is read even if it alone is larger. `loans` hold the memory of what is read.
 */
export async function readRound(
  targets: readonly FetchTarget[],
  limits: FetchLimits,
  loans: Loans,
  services: Services,
): Promise<PartitionOutcome[]> {
  const outcomes: PartitionOutcome[] = []
  const upTo = limits.readCommitted ? 'lastStableOffset' : 'highWatermark'
  let remainingBytes = limits.maxBytes
  let minOneBatch = true
  for (const target of targets) {
    let partition: Partition | undefined
    try {
      partition = findPartition(services.topics, { name: target.topic, topicId: target.topicId }, target.partition)
      checkLeaderEpoch(partition, target.currentLeaderEpoch)
      const request: RangeRequest = {
        offset: target.fetchOffset,
        maxBytes: Math.max(0, Math.min(remainingBytes, target.maxBytes)),
        minOneBatch,
        upTo,
      }
      const read = partition.read(request, loans)
      const range = read instanceof Promise ? await read : read
      checkReadable(range, limits.version)
      if (range.bytes > 0) minOneBatch = false
      const isFull = range.bytes === 0 && request.maxBytes === remainingBytes && target.fetchOffset < range[upTo]
      remainingBytes = isFull ? 0 : remainingBytes - range.bytes
      if (!minOneBatch && remainingBytes < limits.maxBytes * smallestPart) remainingBytes = 0
      outcomes.push(outcomeOf(target, partition, range))
    } catch (error) {
      outcomes.push(failedOutcome(target, partition, error))
    }
  }
  return outcomes
}

function outcomeOf(target: FetchTarget, partition: Partition, range: FetchedRange): PartitionOutcome {
  const { bytes, highWatermark, lastStableOffset, logStartOffset } = range
  return { target, partition, range, errorCode: ErrorCode.none, bytes, highWatermark, lastStableOffset, logStartOffset }
}

function failedOutcome(target: FetchTarget, partition: Partition | undefined, error: unknown): PartitionOutcome {
  const { errorCode } = itemFailure(error)
  const unknown = { bytes: 0, highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 }
  return { target, partition, range: undefined, errorCode, ...unknown }
}

// Only where there is something to read: an old client that waits at the end of a log has done nothing wrong yet.
// KIP-110 allows to refuse zstd below version 10, as Kafka did for topics with `compression.type=zstd` and does no more:
// kafka-python 2.0 reads zstd with version 4.
function checkReadable(range: FetchedRange, version: number): void {
  if (range.bytes > 0 && version < firstVersionWithBatches)
    throw new KafkaError(ErrorCode.unsupportedVersion, 'records are stored in format v2, which needs Fetch v4 or later')
}
