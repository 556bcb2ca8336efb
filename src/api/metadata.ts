import { checkTopicName, internalTopicNames } from '../log/topic-name.ts'
import type { Topic } from '../log/topics.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { metadataApi } from '../protocol/messages/metadata.ts'
import { clusterOperations, operationsNotAsked, topicOperations } from './authorized-operations.ts'
import { type Call, handler, type Services, settleAsync } from './handle.ts'
import { findTopic } from './topic-lookup.ts'

// Metadata v0-13. One node: it leads every partition and is the controller.
// A topic that is created on demand is answered as soon as it is on disk; Kafka lets the client ask again. Kafka's own
// topics are not created so: this node keeps offsets elsewhere.

type MetadataRequest = RequestOf<typeof metadataApi>
type Wanted = NonNullable<MetadataRequest['topics']>[number]

export const metadata = handler(metadataApi, {
  async handle(request, call, services) {
    checkTopicIdsAllowed(request, call)
    const { nodeId, clusterId, rack } = services.node
    const topics = isAllTopics(request, call)
      ? services.topics.all().map(topic => describe(topic, request, services))
      : await Promise.all((request.topics ?? []).map(wanted => describeWanted(wanted, request, services)))
    return {
      throttleTimeMs: 0,
      brokers: [{ nodeId, host: call.connection.advertised.host, port: call.connection.advertised.port, rack }],
      clusterId,
      controllerId: nodeId,
      topics,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : operationsNotAsked,
      errorCode: ErrorCode.none,
    }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    brokers: [],
    clusterId: null,
    controllerId: -1,
    topics: (request.topics ?? []).map(({ name, topicId }) => ({ ...failedTopic, name, topicId, errorCode })),
    errorCode,
  }),
})

const failedTopic = { topicId: zeroUuid, isInternal: false, partitions: [] }

// v0 has no null list: there an empty one asks for all topics.
function isAllTopics(request: MetadataRequest, call: Call): boolean {
  return request.topics === null || (call.version === 0 && request.topics.length === 0)
}

// KIP-516: the fields are there since version 10, but Kafka only takes them from 12 on.
function checkTopicIdsAllowed(request: MetadataRequest, call: Call): void {
  if (call.version >= 12) return
  for (const { name, topicId } of request.topics ?? []) {
    if (name === null || topicId !== zeroUuid)
      throw new KafkaError(ErrorCode.invalidRequest, 'topics can be named by id from version 12 on')
  }
}

async function describeWanted({ name, topicId }: Wanted, request: MetadataRequest, services: Services) {
  const outcome = await settleAsync(async () => {
    if (topicId !== zeroUuid) return describe(findTopic(services.topics, { name: '', topicId }), request, services)
    return describe(await findOrCreate(name ?? '', request, services), request, services)
  })
  return 'partitions' in outcome ? outcome : { ...failedTopic, name, topicId, errorCode: outcome.errorCode }
}

async function findOrCreate(name: string, request: MetadataRequest, services: Services): Promise<Topic> {
  const known = services.topics.get(name)
  if (known) return known
  checkTopicName(name)
  const { 'auto.create.topics.enable': allowed, 'num.partitions': partitionCount } = services.configuration.broker
  if (!request.allowAutoTopicCreation || !allowed || internalTopicNames.has(name))
    throw new KafkaError(ErrorCode.unknownTopicOrPartition)
  const { topic, durable } = services.topics.create({ name, partitionCount })
  await durable
  return topic
}

function describe(topic: Topic, request: MetadataRequest, services: Services) {
  return {
    errorCode: ErrorCode.none,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.internal,
    partitions: topic.partitions.map(partition => ({
      errorCode: ErrorCode.none,
      partitionIndex: partition.index,
      leaderId: services.node.nodeId,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: [services.node.nodeId],
      isrNodes: [services.node.nodeId],
      offlineReplicas: [],
    })),
    topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? topicOperations : operationsNotAsked,
  }
}
