import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { deleteTopicsApi } from '../protocol/messages/delete-topics.ts'
import { type Call, handler, type Services, settleAsync } from './handle.ts'
import type { MutationPermits } from './quotas.ts'
import { repeated } from './repeated.ts'
import { findTopic } from './topic-lookup.ts'

// DeleteTopics v0-6. Batches are removed in the background; the name is free again at once. The timeout is not needed.

type DeleteTopicsRequest = RequestOf<typeof deleteTopicsApi>
type Wanted = DeleteTopicsRequest['topics'][number]

export const deleteTopics = handler(deleteTopicsApi, {
  async handle(request, call, services) {
    if (!services.configuration.broker['delete.topic.enable'])
      throw new KafkaError(call.version < 3 ? ErrorCode.invalidRequest : ErrorCode.topicDeletionDisabled)
    const wanted = wantedTopics(request, call)
    // KIP-599: version 5 can be told to come back later.
    const permits = services.quotas.mutations(call, { strict: call.version >= 5 })
    const duplicates = repeated(wanted.map(reference => targetOf(reference, services)))
    const responses = wanted.map(async reference => {
      const { name, topicId } = identify(reference, services)
      const outcome = await settleAsync(async () => {
        checkReference(reference)
        if (duplicates.has(targetOf(reference, services)))
          throw new KafkaError(ErrorCode.invalidRequest, 'the topic is named twice')
        await remove(reference, permits, services)
        return {}
      })
      return { name, topicId, ...outcome }
    })
    const answered = await Promise.all(responses)
    return { throttleTimeMs: permits.throttleTimeMs, responses: answered }
  },
  refuse: (request, failure, call) => ({
    throttleTimeMs: 0,
    responses: wantedTopics(request, call).map(reference => ({ ...reference, ...failure })),
  }),
})

function wantedTopics(request: DeleteTopicsRequest, call: Call): readonly Wanted[] {
  return call.version >= 6 ? request.topics : request.topicNames.map(name => ({ name, topicId: zeroUuid }))
}

function checkReference({ name, topicId }: Wanted): void {
  if ((name === null) === (topicId === zeroUuid))
    throw new KafkaError(ErrorCode.invalidRequest, 'a topic must be named either by name or by id')
}

/** Both the name and the id, as far as they are known. */
function identify({ name, topicId }: Wanted, services: Services): Wanted {
  const topic = name === null ? services.topics.byId(topicId) : services.topics.get(name)
  return topic ? { name: topic.name, topicId: topic.id } : { name, topicId }
}

// A topic may come once by name and once by id.
function targetOf(reference: Wanted, services: Services): string {
  const { name, topicId } = identify(reference, services)
  return name ?? topicId
}

async function remove({ name, topicId }: Wanted, permits: MutationPermits, services: Services): Promise<void> {
  if (name === '') throw new KafkaError(ErrorCode.unknownTopicOrPartition, 'no topic has an empty name')
  const topic = findTopic(services.topics, { name: name ?? '', topicId })
  permits.take(topic.partitions.length)
  const durable = services.topics.delete(topic.name)
  services.groups.onTopicDeleted(topic.name)
  await durable
}
