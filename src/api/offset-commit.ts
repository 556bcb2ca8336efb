import { offsetCommitApi } from '../protocol/messages/offset-commit.ts'
import { commitToExisting } from './commit-targets.ts'
import { handler } from './handle.ts'

// OffsetCommit v0-10. v0, which once meant ZooKeeper, is served as a commit of somebody who is no member.

export const offsetCommit = handler(offsetCommitApi, {
  async handle(request, call, services) {
    const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId, retentionTimeMs } = request
    const committer = { groupId, memberId, groupInstanceId, generationId, retentionTimeMs }
    const results = await commitToExisting(
      request.topics,
      topics => services.groups.commitOffsets({ ...committer, topics }, call),
      services,
    )
    const topics = request.topics.map(({ name, topicId }, at) => ({ name, topicId, partitions: results[at] ?? [] }))
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
