import { zeroUuid } from '../protocol/fields.ts'
import { txnOffsetCommitApi } from '../protocol/messages/txn-offset-commit.ts'
import { commitToExisting } from './commit-targets.ts'
import { handler } from './handle.ts'

// TxnOffsetCommit v0-5. From v3 on the member is checked (KIP-447), v5 adds the group to the transaction by itself
// (KIP-890). The transaction is looked at before the group, as in Kafka.

export const txnOffsetCommit = handler(txnOffsetCommitApi, {
  async handle(request, { version }, services) {
    const { transactionalId, producerId, producerEpoch, groupId, memberId, groupInstanceId, generationId } = request
    const claim = { transactionalId, producerId, producerEpoch, groupId }
    const committer = { groupId, producerId, memberId, groupInstanceId, generationId }
    const results = await commitToExisting(
      request.topics.map(({ name, partitions }) => ({ name, topicId: zeroUuid, partitions })),
      async topics => {
        services.transactions.admitOffsets({ ...claim, implicit: version >= 5, knowsAbortable: version >= 4 })
        return services.groups.commitTransactional({ ...committer, topics })
      },
      services,
    )
    const topics = request.topics.map(({ name }, at) => ({ name, partitions: results[at] ?? [] }))
    return { throttleTimeMs: 0, topics }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
})
