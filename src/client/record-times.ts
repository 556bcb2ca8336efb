import { ErrorCode } from '../protocol/errors.ts'
import { fetchApi } from '../protocol/messages/fetch.ts'
import { listOffsetsApi } from '../protocol/messages/list-offsets.ts'
import { batchLastOffset, batchMaxTimestamp, nextBatch } from '../protocol/records/batch.ts'
import type { Cluster, TopicMetadata } from './cluster.ts'
import { checkCode } from './failures.ts'
import { forEachInBatch, wantedBatches } from './fetched-records.ts'
import type { PartitionOffsets } from './list-offsets.ts'

/** The last version that knows topics by name. */
const fetchByName = 12
// Room for the first batch of most partitions: larger ones come when they are the first of a request.
const partitionBytesMax = 64 * 1024
const fetchBytesMax = 8 * 1024 * 1024

/**
 * The timestamp (ms since 1970) of the record at an offset of each partition, or of the first one behind it. Partitions
 * without such a record, and those whose offset is not there, are left out. Throws `RequestError`.
 */
export async function recordTimes(
  cluster: Cluster,
  topic: TopicMetadata,
  offsets: PartitionOffsets,
): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>()
  const leaders = new Map(topic.partitions.map(({ partition, leaderId }) => [partition, leaderId]))
  const byLeader = Map.groupBy(offsets, ([partition]) => leaders.get(partition) ?? -1)
  await Promise.all(
    [...byLeader].map(async ([leaderId, wanted]) => {
      let pending = wanted
      while (leaderId >= 0 && pending.length > 0) {
        const answered = await firstTimes(cluster, topic, leaderId, new Map(pending))
        for (const [partition, timestampMs] of answered) if (timestampMs !== null) found.set(partition, timestampMs)
        // KIP-74: the first partition is answered with a whole batch, whatever its size; so each round gets on.
        const [first] = pending
        pending = pending.filter(([partition]) => partition !== first?.[0] && !answered.has(partition))
      }
    }),
  )
  return found
}

// KIP-734: the record with the largest timestamp.
const newestRecord = -3

/** The largest timestamp (ms since 1970) in each partition; partitions without records are left out. Throws `RequestError`. */
export async function newestTimes(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const times = new Map<number, number>()
  const wanted = topic.partitions.filter(({ partition, leaderId }) => leaderId >= 0 && partitions.includes(partition))
  for (const [leaderId, led] of Map.groupBy(wanted, leader => leader.leaderId)) {
    const answer = await cluster.askPersistently(leaderId, listOffsetsApi, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [
        {
          name: topic.name,
          partitions: led.map(({ partition }) => ({ partitionIndex: partition, timestamp: newestRecord })),
        },
      ],
      timeoutMs: 30_000,
    })
    for (const { partitionIndex, errorCode, timestamp } of answer.topics.flatMap(({ partitions: found }) => found)) {
      checkCode(errorCode, `topic '${topic.name}' partition ${partitionIndex}`)
      if (timestamp >= 0) times.set(partitionIndex, timestamp)
    }
  }
  return times
}

/** Times of the partitions that one fetch brought a whole batch of; null for those that have nothing there. */
async function firstTimes(
  cluster: Cluster,
  topic: TopicMetadata,
  leaderId: number,
  offsets: PartitionOffsets,
): Promise<ReadonlyMap<number, number | null>> {
  const answer = await cluster.askPersistently(
    leaderId,
    fetchApi,
    {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: fetchBytesMax,
      isolationLevel: 0,
      topics: [
        {
          topic: topic.name,
          partitions: [...offsets].map(([partition, fetchOffset]) => ({
            partition,
            fetchOffset,
            partitionMaxBytes: partitionBytesMax,
          })),
        },
      ],
      forgottenTopicsData: [],
    },
    () => false,
    { versionMax: fetchByName },
  )
  checkCode(answer.errorCode, `topic '${topic.name}'`)
  const times = new Map<number, number | null>()
  for (const { partitionIndex, errorCode, records } of answer.responses.flatMap(({ partitions }) => partitions)) {
    const fromOffset = offsets.get(partitionIndex) ?? 0
    if (errorCode === ErrorCode.none && records && nextBatch(records, 0) >= 0) {
      times.set(partitionIndex, timeAt(topic.name, partitionIndex, records, fromOffset))
    } else if (errorCode !== ErrorCode.none) times.set(partitionIndex, null)
  }
  return times
}

function timeAt(topic: string, partition: number, bytes: Buffer, fromOffset: number): number | null {
  let time: number | null = null
  const fetched = { topic, partition, bytes, fromOffset, endOffset: Number.MAX_SAFE_INTEGER, abortedTransactions: [] }
  for (const at of wantedBatches(fetched)) {
    forEachInBatch(fetched, at, record => {
      time ??= record.timestamp
    })
    if (time !== null) return time
  }
  // Nothing but markers of transactions: their batches have a time, too.
  for (let at = 0, next = nextBatch(bytes, 0); next >= 0; at = next, next = nextBatch(bytes, at)) {
    if (batchLastOffset(bytes, at) >= fromOffset) return batchMaxTimestamp(bytes, at)
  }
  return null
}
