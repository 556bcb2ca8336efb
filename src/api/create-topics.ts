import { describeTopic } from '../config/reference.ts'
import type { Topic } from '../log/topics.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { createTopicsApi } from '../protocol/messages/create-topics.ts'
import { refusingInvalidSettings } from './config-resources.ts'
import { handler, type Services, settleAsync } from './handle.ts'
import type { MutationPermits } from './quotas.ts'
import { repeated } from './repeated.ts'
import { checkAssignment, checkReplicationFactor } from './replica-assignment.ts'
import { checkNotReserved } from './reserved-topics.ts'

// CreateTopics v0-7. One node, so the replication factor is 1. The timeout is not needed.

type CreatableTopic = RequestOf<typeof createTopicsApi>['topics'][number]

/** Kafka's limit: a request that makes more partitions is refused as a whole (POLICY_VIOLATION). */
const partitionsPerRequestMax = 10_000

export const createTopics = handler(createTopicsApi, {
  async handle(request, call, services) {
    checkTotal(request.topics)
    // KIP-599: version 6 can be told to come back later.
    const permits = services.quotas.mutations(call, { strict: call.version >= 6 })
    const duplicates = repeated(request.topics.map(({ name }) => name))
    // As in Kafka: one answer for a topic that is named twice.
    const distinct = new Map(request.topics.map(topic => [topic.name, topic])).values()
    const topics = [...distinct].map(async topic => {
      const outcome = await settleAsync(async () => {
        if (duplicates.has(topic.name)) throw new KafkaError(ErrorCode.invalidRequest, 'the topic is named twice')
        return create(topic, { validateOnly: request.validateOnly, permits }, services)
      })
      return { name: topic.name, ...nothingCreated, ...outcome }
    })
    const answered = await Promise.all(topics)
    return { throttleTimeMs: permits.throttleTimeMs, topics: answered }
  },
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name }) => ({ name, ...nothingCreated, ...failure })),
  }),
})

const nothingCreated = { topicId: zeroUuid, numPartitions: -1, replicationFactor: -1, configs: [] }

interface Creation {
  readonly validateOnly: boolean
  readonly permits: MutationPermits
}

async function create(wanted: CreatableTopic, { validateOnly, permits }: Creation, services: Services) {
  const { configuration, topics } = services
  const { name } = wanted
  // As in Kafka, who creates a topic that exists hears that before anything else, whatever replication factor it wants.
  topics.checkNew({ name, partitionCount: 1 })
  checkNotReserved(name, topics)
  const overrides = new Map(wanted.configs.map(config => [config.name, requiredValue(config.name, config.value)]))
  refusingInvalidSettings(() => configuration.checkTopicOverrides(overrides))
  const partitionCount = partitionCountOf(wanted, services)
  permits.take(partitionCount)
  const planned = { name, partitionCount, overrides }
  const topicId = validateOnly ? zeroUuid : (await durable(topics.create(planned))).id
  const configs = describeTopic(configuration, overrides)
  return { topicId, numPartitions: partitionCount, replicationFactor: 1, configs }
}

async function durable(created: { readonly topic: Topic; readonly durable: Promise<void> }): Promise<Topic> {
  await created.durable
  return created.topic
}

function partitionCountOf(wanted: CreatableTopic, services: Services): number {
  const { assignments, numPartitions, replicationFactor } = wanted
  if (assignments.length > 0) {
    if (numPartitions !== -1 || replicationFactor !== -1)
      throw new KafkaError(
        ErrorCode.invalidRequest,
        'with a manual assignment, the number of partitions and the replication factor must be -1',
      )
    checkAssignedIndexes(assignments.map(({ partitionIndex }) => partitionIndex))
    for (const { brokerIds } of assignments) checkAssignment(brokerIds, services.node.nodeId)
    return assignments.length
  }
  checkReplicationFactor(replicationFactor)
  if (numPartitions === 0 || numPartitions < -1)
    throw new KafkaError(ErrorCode.invalidPartitions, 'the number of partitions must be above 0, or -1 for the default')
  return numPartitions === -1 ? services.configuration.broker['num.partitions'] : numPartitions
}

function checkAssignedIndexes(indexes: readonly number[]): void {
  const complete = [...indexes].sort((a, b) => a - b).every((index, place) => index === place)
  if (!complete)
    throw new KafkaError(
      ErrorCode.invalidReplicaAssignment,
      'the assigned partitions must be numbered from 0 on, each of them once',
    )
}

function requiredValue(name: string, value: string | null): string {
  if (value === null) throw new KafkaError(ErrorCode.invalidConfig, `the setting '${name}' has no value`)
  return value
}

function checkTotal(topics: readonly CreatableTopic[]): void {
  const total = topics.reduce((sum, topic) => sum + Math.max(0, topic.numPartitions, topic.assignments.length), 0)
  if (total > partitionsPerRequestMax)
    throw new KafkaError(
      ErrorCode.policyViolation,
      `a request can make ${partitionsPerRequestMax} partitions, not ${total}`,
    )
}
