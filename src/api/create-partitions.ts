import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { createPartitionsApi } from '../protocol/messages/create-partitions.ts'
import { handler, type Services, settleAsync } from './handle.ts'
import { repeated } from './repeated.ts'
import { checkAssignment } from './replica-assignment.ts'
import { findTopic } from './topic-lookup.ts'

// CreatePartitions v0-3. The timeout is not needed.

type Wanted = RequestOf<typeof createPartitionsApi>['topics'][number]

export const createPartitions = handler(createPartitionsApi, {
  async handle(request, call, services) {
    // KIP-599: version 3 can be told to come back later.
    const permits = services.quotas.mutations(call, { strict: call.version >= 3 })
    const duplicates = repeated(request.topics.map(({ name }) => name))
    const results = request.topics.map(async wanted => {
      const outcome = await settleAsync(async () => {
        if (duplicates.has(wanted.name)) throw new KafkaError(ErrorCode.invalidRequest, 'the topic is named twice')
        checkAddition(wanted, services)
        permits.take(wanted.count - partitionCountOf(wanted.name, services))
        if (!request.validateOnly) await services.topics.addPartitions(wanted.name, wanted.count)
        return {}
      })
      return { name: wanted.name, ...outcome }
    })
    const answered = await Promise.all(results)
    return { throttleTimeMs: permits.throttleTimeMs, results: answered }
  },
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    results: request.topics.map(({ name }) => ({ name, ...failure })),
  }),
})

function partitionCountOf(name: string, { topics }: Services): number {
  return findTopic(topics, { name, topicId: zeroUuid }).partitions.length
}

function checkAddition({ name, count, assignments }: Wanted, services: Services): void {
  services.topics.checkAddPartitions(name, count)
  if (!assignments) return
  const added = count - partitionCountOf(name, services)
  if (assignments.length !== added)
    throw new KafkaError(
      ErrorCode.invalidReplicaAssignment,
      `${added} partitions are to be added, but there are ${assignments.length} assignments`,
    )
  for (const { brokerIds } of assignments) checkAssignment(brokerIds, services.node.nodeId)
}
