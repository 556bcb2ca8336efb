import { topicNameFault } from '../log/topic-name.ts'
import type { Topic } from '../log/topics.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { describeTopicPartitionsApi } from '../protocol/messages/describe-topic-partitions.ts'
import { topicOperations } from './authorized-operations.ts'
import { handler, type Services } from './handle.ts'

// DescribeTopicPartitions v0: Metadata in pages (KIP-966). One node leads every partition, so there are no other replicas
// and no lists of eligible leaders.

type DescribeTopicPartitionsRequest = RequestOf<typeof describeTopicPartitionsApi>
type Cursor = DescribeTopicPartitionsRequest['cursor']

/** Kafka's default of `max.request.partition.size.limit`. */
const partitionsPerResponseMax = 2000

export const describeTopicPartitions = handler(describeTopicPartitionsApi, {
  handle(request, _call, services) {
    const { cursor } = request
    const names = namesFrom(request, services)
    let room = Math.max(1, Math.min(partitionsPerResponseMax, request.responsePartitionLimit))
    const topics: ReturnType<typeof describe>[] = []
    let nextCursor: Cursor = null
    for (const name of names) {
      if (room === 0) {
        nextCursor = { topicName: name, partitionIndex: 0 }
        break
      }
      const topic = services.topics.get(name)
      const from = cursor?.topicName === name ? cursor.partitionIndex : 0
      topics.push(describe(name, topic, { from, to: from + room }, services))
      const partitionCount = topic?.partitions.length ?? 0
      if (from + room < partitionCount) {
        nextCursor = { topicName: name, partitionIndex: from + room }
        break
      }
      room -= Math.max(0, partitionCount - from)
    }
    return { throttleTimeMs: 0, topics, nextCursor }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name }) => ({ ...emptyTopic, errorCode, name })),
    nextCursor: null,
  }),
})

const emptyTopic = { topicId: zeroUuid, isInternal: false, partitions: [] }

/** The topics asked for (all if none), in order of their names, from the cursor on. */
function namesFrom(request: DescribeTopicPartitionsRequest, services: Services): string[] {
  const { topics, cursor } = request
  const wanted = topics.length === 0 ? services.topics.all().map(({ name }) => name) : topics.map(({ name }) => name)
  if (cursor && topics.length > 0 && !wanted.includes(cursor.topicName))
    throw new KafkaError(
      ErrorCode.invalidRequest,
      `the cursor's topic '${cursor.topicName}' is not among those asked for`,
    )
  if (cursor && cursor.partitionIndex < 0)
    throw new KafkaError(ErrorCode.invalidRequest, `the cursor's partition ${cursor.partitionIndex} cannot be`)
  const from = cursor?.topicName ?? ''
  return [...new Set(wanted)].filter(name => name >= from).sort()
}

function describe(name: string, topic: Topic | undefined, range: { from: number; to: number }, services: Services) {
  if (!topic) return { ...emptyTopic, errorCode: missing(name), name, topicAuthorizedOperations: topicOperations }
  const { nodeId } = services.node
  return {
    errorCode: ErrorCode.none,
    name,
    topicId: topic.id,
    isInternal: topic.internal,
    partitions: topic.partitions.slice(range.from, range.to).map(({ index, leaderEpoch }) => ({
      errorCode: ErrorCode.none,
      partitionIndex: index,
      leaderId: nodeId,
      leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
      offlineReplicas: [],
    })),
    topicAuthorizedOperations: topicOperations,
  }
}

function missing(name: string): number {
  return topicNameFault(name) === undefined ? ErrorCode.unknownTopicOrPartition : ErrorCode.invalidTopicException
}
