import { ErrorCode } from '../protocol/errors.ts'
import { createPartitionsApi } from '../protocol/messages/create-partitions.ts'
import { createTopicsApi } from '../protocol/messages/create-topics.ts'
import { deleteRecordsApi } from '../protocol/messages/delete-records.ts'
import { deleteTopicsApi } from '../protocol/messages/delete-topics.ts'
import { type Cluster, noTopicId } from './cluster.ts'
import { checkCode, isRetriable, type RequestError } from './failures.ts'
import { findTopic, type PartitionOffsets } from './list-offsets.ts'

const timeoutMs = 30_000

export interface NewTopic {
  readonly name: string
  /** Default: the broker's. */
  readonly partitions?: number
  /** Copies of each partition; default: the broker's. */
  readonly replicas?: number
  readonly settings?: readonly (readonly [name: string, value: string])[]
  /** Only ask whether it could be created. */
  readonly dryRun?: boolean
}

/** Creates a topic. Throws `RequestError`. */
export async function createTopic(cluster: Cluster, topic: NewTopic): Promise<void> {
  const { name, partitions, replicas, settings, dryRun = false } = topic
  const answer = await cluster.askPersistently(
    'controller',
    createTopicsApi,
    {
      topics: [
        {
          name,
          numPartitions: partitions ?? -1,
          replicationFactor: replicas ?? -1,
          assignments: [],
          configs: (settings ?? []).map(([setting, value]) => ({ name: setting, value })),
        },
      ],
      timeoutMs,
      validateOnly: dryRun,
    },
    response => response.topics.some(({ errorCode }) => isRetriable(errorCode)),
  )
  for (const { errorCode, errorMessage } of answer.topics) checkCode(errorCode, `topic '${name}'`, errorMessage)
}

/** Deletes a topic and its records. Throws `RequestError`. */
export async function deleteTopic(cluster: Cluster, name: string): Promise<void> {
  const answer = await cluster.askPersistently('controller', deleteTopicsApi, {
    topics: [{ name, topicId: noTopicId }],
    topicNames: [name],
    timeoutMs,
  })
  for (const { errorCode, errorMessage } of answer.responses) checkCode(errorCode, `topic '${name}'`, errorMessage)
}

/** Raises the number of partitions. Throws `RequestError`. */
export async function growTopic(cluster: Cluster, name: string, partitions: number): Promise<void> {
  const answer = await cluster.askPersistently('controller', createPartitionsApi, {
    topics: [{ name, count: partitions, assignments: null }],
    timeoutMs,
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of answer.results) checkCode(errorCode, `topic '${name}'`, errorMessage)
}

/**
 * Raises the first offset of partitions of one topic: the records before it are gone. Answers with the first offsets that
 * hold now. Throws `RequestError`.
 */
export async function trimTopic(cluster: Cluster, name: string, offsets: PartitionOffsets): Promise<PartitionOffsets> {
  const { partitions } = await findTopic(cluster, name)
  const leaders = new Map(partitions.map(({ partition, leaderId }) => [partition, leaderId]))
  const starts = new Map<number, number>()
  for (const [leaderId, led] of Map.groupBy(offsets, ([partition]) => leaders.get(partition) ?? -1)) {
    const answer = await cluster.askPersistently(leaderId, deleteRecordsApi, {
      topics: [{ name, partitions: led.map(([partitionIndex, offset]) => ({ partitionIndex, offset })) }],
      timeoutMs,
    })
    for (const { partitionIndex, errorCode, lowWatermark } of answer.topics.flatMap(topic => topic.partitions)) {
      checkCode(errorCode, `topic '${name}' partition ${partitionIndex}`)
      starts.set(partitionIndex, lowWatermark)
    }
  }
  return starts
}

/** Whether a topic could not be created because there is one of that name. */
export function isTopicThere(error: RequestError): boolean {
  return error.code === ErrorCode.topicAlreadyExists
}
