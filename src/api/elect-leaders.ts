import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { electLeadersApi } from '../protocol/messages/elect-leaders.ts'
import { handler, type Services, settle } from './handle.ts'
import { findPartition } from './topic-lookup.ts'

// ElectLeaders v0-2. This node leads every partition, and is its preferred leader: no election is ever needed.

type ElectLeadersRequest = RequestOf<typeof electLeadersApi>

/** The preferred replica (0), or the first one alive where none is in sync (1). */
const electionTypes: readonly number[] = [0, 1]

export const electLeaders = handler(electLeadersApi, {
  handle(request, _call, services) {
    if (!electionTypes.includes(request.electionType))
      throw new KafkaError(ErrorCode.invalidRequest, `unknown election type ${request.electionType}`)
    return { throttleTimeMs: 0, errorCode: ErrorCode.none, replicaElectionResults: resultsOf(request, services) }
  },
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    errorCode: failure.errorCode,
    replicaElectionResults: (request.topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map(partitionId => ({ partitionId, ...failure })),
    })),
  }),
})

function resultsOf({ topicPartitions }: ElectLeadersRequest, { topics }: Services) {
  // As Kafka: who asks for all partitions hears only of those where there was something to do.
  if (topicPartitions === null) return topics.all().map(({ name }) => ({ topic: name, partitionResult: [] }))
  return topicPartitions.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map(partitionId => ({
      partitionId,
      ...settle(() => {
        findPartition(topics, { name: topic, topicId: zeroUuid }, partitionId)
        throw new KafkaError(ErrorCode.electionNotNeeded)
      }),
    })),
  }))
}
