import type { FetchedTopic, TopicPartitions } from '../group/offsets.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { offsetFetchApi } from '../protocol/messages/offset-fetch.ts'
import { handler, type Services } from './handle.ts'

// OffsetFetch v0-10. v0, which once meant ZooKeeper, is served like v1.

type OffsetFetchRequest = RequestOf<typeof offsetFetchApi>
type WantedGroup = OffsetFetchRequest['groups'][number]
type WantedTopic = NonNullable<WantedGroup['topics']>[number]

export const offsetFetch = handler(offsetFetchApi, {
  handle(request, call, services) {
    const useTopicIds = call.version >= 10
    const { requireStable } = request
    if (call.version >= 8) {
      const groups = request.groups.map(wanted => ({
        groupId: wanted.groupId,
        topics: useTopicIds
          ? fetchByIds(wanted, requireStable, services)
          : services.groups.fetchOffsets(wanted.groupId, wanted.topics, { requireStable }),
        errorCode: ErrorCode.none,
      }))
      return { throttleTimeMs: 0, groups }
    }
    const topics = services.groups.fetchOffsets(request.groupId, request.topics, { requireStable })
    return { throttleTimeMs: 0, topics, errorCode: ErrorCode.none }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: (request.topics ?? []).map(topic => failedTopic(topic, errorCode)),
    errorCode,
    groups: request.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  }),
})

function fetchByIds(
  { groupId, topics }: WantedGroup,
  requireStable: boolean,
  services: Services,
): (FetchedTopic & { topicId: string })[] {
  if (topics === null) {
    const all = services.groups.fetchOffsets(groupId, null, { requireStable })
    return all.flatMap(topic => {
      const topicId = services.topics.get(topic.name)?.id
      return topicId === undefined ? [] : [{ ...topic, topicId }]
    })
  }
  return topics.map(wanted => {
    const { topicId, partitionIndexes } = wanted
    const name = nameOf(wanted, services)
    if (name === undefined) return { ...failedTopic({ name: '', partitionIndexes }, ErrorCode.unknownTopicId), topicId }
    const [fetched] = services.groups.fetchOffsets(groupId, [{ name, partitionIndexes }], { requireStable })
    return { ...(fetched ?? { name, partitions: [] }), topicId }
  })
}

function nameOf({ topicId }: WantedTopic, { topics }: Services): string | undefined {
  return topicId === zeroUuid ? undefined : topics.byId(topicId)?.name
}

function failedTopic({ name, partitionIndexes }: TopicPartitions, errorCode: number): FetchedTopic {
  const nothing = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
  return { name, partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, ...nothing })) }
}
