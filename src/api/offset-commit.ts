import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { offsetCommitApi } from '../protocol/messages/offset-commit.ts'
import { handler, type Services, settle } from './handle.ts'
import { findTopic } from './topic-lookup.ts'

// OffsetCommit v0-10. v0, which once meant ZooKeeper, is served as a commit of somebody who is no member.

type Wanted = RequestOf<typeof offsetCommitApi>['topics'][number]

export const offsetCommit = handler(offsetCommitApi, {
  async handle(request, call, services) {
    const checked = request.topics.map(topic => check(topic, services))
    const committed = await commitExisting(request, checked, { version: call.version, services })
    const topics = request.topics.map(({ name, topicId }, at) => ({
      name,
      topicId,
      partitions: [...(checked[at]?.refused ?? []), ...(committed[at] ?? [])],
    }))
    return { throttleTimeMs: 0, topics }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
})

interface CheckedTopic {
  readonly name: string
  readonly partitions: Wanted['partitions']
  readonly refused: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

/** Tells the partitions that exist from those that do not. */
function check(wanted: Wanted, services: Services): CheckedTopic {
  const found = settle(() => ({ topic: findTopic(services.topics, wanted) }))
  const count = 'topic' in found ? found.topic.partitions.length : 0
  const errorCode = 'topic' in found ? ErrorCode.unknownTopicOrPartition : found.errorCode
  const exists = (index: number): boolean => index >= 0 && index < count
  return {
    name: 'topic' in found ? found.topic.name : wanted.name,
    partitions: wanted.partitions.filter(({ partitionIndex }) => exists(partitionIndex)),
    refused: wanted.partitions
      .filter(({ partitionIndex }) => !exists(partitionIndex))
      .map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }
}

/** The results of the partitions that exist, topic by topic. Without any, the group is not even asked. */
async function commitExisting(
  request: RequestOf<typeof offsetCommitApi>,
  topics: readonly CheckedTopic[],
  { version, services }: { readonly version: number; readonly services: Services },
) {
  if (topics.every(({ partitions }) => partitions.length === 0)) return []
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId, retentionTimeMs } = request
  const commit = { groupId, memberId, groupInstanceId, generationId, retentionTimeMs, topics }
  const results = await services.groups.commitOffsets(commit, { version })
  return results.map(({ partitions }) => partitions)
}
