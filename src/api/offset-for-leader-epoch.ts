import { checkLeaderEpoch } from '../log/leader-epoch.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { offsetForLeaderEpochApi } from '../protocol/messages/offset-for-leader-epoch.ts'
import { handler, type Services, settle } from './handle.ts'
import { findPartition } from './topic-lookup.ts'

// OffsetForLeaderEpoch v0-4: where a leader epoch ended (KIP-320). The replica id makes no difference.

const nowhere = { leaderEpoch: -1, endOffset: -1 }

export const offsetForLeaderEpoch = handler(offsetForLeaderEpochApi, {
  handle: (request, _call, services) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(wanted => {
        const outcome = settle(() => epochEnd(topic, wanted, services))
        return { partition: wanted.partition, ...nowhere, ...outcome }
      }),
    })),
  }),
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, errorCode, ...nowhere })),
    })),
  }),
})

function epochEnd(
  name: string,
  wanted: { readonly partition: number; readonly currentLeaderEpoch: number; readonly leaderEpoch: number },
  services: Services,
) {
  const partition = findPartition(services.topics, { name, topicId: zeroUuid }, wanted.partition)
  checkLeaderEpoch(partition, wanted.currentLeaderEpoch)
  return partition.epochEnd(wanted.leaderEpoch)
}
