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
      : await Promise.all((request.topics ?? []).map(wanted => describeWanted(wanted, { request, call, services })))
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

interface Asking {
  readonly request: MetadataRequest
  readonly call: Call
  readonly services: Services
}

async function describeWanted({ name, topicId }: Wanted, { request, call, services }: Asking) {
  const outcome = await settleAsync(async () => {
    if (topicId !== zeroUuid) return describe(findTopic(services.topics, { name: '', topicId }), request, services)
    return describe(await findOrCreate(name ?? '', { request, call, services }), request, services)
  })
  if ('partitions' in outcome) return outcome
  const { includeTopicAuthorizedOperations: asked } = request
  const topicAuthorizedOperations = asked ? topicOperations : operationsNotAsked
  return { ...failedTopic, topicAuthorizedOperations, name, topicId, errorCode: outcome.errorCode }
}

async function findOrCreate(name: string, { request, call, services }: Asking): Promise<Topic> {
  const known = services.topics.get(name)
  if (known) return known
  checkTopicName(name)
  const { 'auto.create.topics.enable': allowed, 'num.partitions': partitionCount } = services.configuration.broker
  if (!request.allowAutoTopicCreation || !allowed || internalTopicNames.has(name))
    throw new KafkaError(ErrorCode.unknownTopicOrPartition)
  takePermits(partitionCount, call, services)
  const { topic, durable } = services.topics.create({ name, partitionCount })
  await durable
  return topic
}

/** Over the quota for creating partitions, the topic is not there yet: the client asks again. */
function takePermits(partitionCount: number, call: Call, { quotas }: Services): void {
  try {
    quotas.mutations(call, { strict: true }).take(partitionCount)
  } catch (error) {
    throw new KafkaError(ErrorCode.unknownTopicOrPartition, 'the quota for creating topics is used up', {
      cause: error,
    })
  }
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
