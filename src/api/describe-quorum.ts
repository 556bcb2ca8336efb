import { ErrorCode, errorPhrase } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { describeQuorumApi } from '../protocol/messages/describe-quorum.ts'
import { type Call, handler, type Services } from './handle.ts'

// DescribeQuorum v0-2. There is no quorum: this node alone decides. Tools see one voter that leads and is never behind.
// Left out: offsets of the metadata log, because the metadata is in the database; they are told as 0.

const metadataTopic = '__cluster_metadata'

export const describeQuorum = handler(describeQuorumApi, {
  handle({ topics }, call, services) {
    const [topic] = topics
    // As Kafka: only the one partition of the metadata, by itself, can be described.
    const known =
      topics.length === 1 &&
      topic?.topicName === metadataTopic &&
      topic.partitions.length === 1 &&
      topic.partitions[0]?.partitionIndex === 0
    if (known) return quorumOfOne(call, services)
    const failed = topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => unknownPartition(partitionIndex)),
    }))
    return { errorCode: ErrorCode.none, errorMessage: null, topics: failed, nodes: [] }
  },
  refuse: (_request, failure) => ({ ...failure, topics: [], nodes: [] }),
})

function quorumOfOne(call: Call, { node, env }: Services) {
  const nowMs = env.clock.now()
  const self = {
    replicaId: node.nodeId,
    replicaDirectoryId: zeroUuid,
    logEndOffset: 0,
    lastFetchTimestamp: nowMs,
    lastCaughtUpTimestamp: nowMs,
  }
  const partition = {
    partitionIndex: 0,
    errorCode: ErrorCode.none,
    errorMessage: null,
    leaderId: node.nodeId,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [self],
    observers: [],
  }
  const { host, port } = call.connection.advertised
  return {
    errorCode: ErrorCode.none,
    errorMessage: null,
    topics: [{ topicName: metadataTopic, partitions: [partition] }],
    nodes: [{ nodeId: node.nodeId, listeners: [{ name: 'PLAINTEXT', host, port }] }],
  }
}

function unknownPartition(partitionIndex: number) {
  return {
    partitionIndex,
    errorCode: ErrorCode.unknownTopicOrPartition,
    errorMessage: errorPhrase(ErrorCode.unknownTopicOrPartition),
    leaderId: 0,
    leaderEpoch: 0,
    highWatermark: 0,
    currentVoters: [],
    observers: [],
  }
}
