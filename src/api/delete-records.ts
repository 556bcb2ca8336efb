import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { deleteRecordsApi } from '../protocol/messages/delete-records.ts'
import { handler, type Services, settleAsync } from './handle.ts'
import { findTopic } from './topic-lookup.ts'

// DeleteRecords v0-2. The timeout is not needed: there are no replicas to wait for.

export const deleteRecords = handler(deleteRecordsApi, {
  async handle(request, _call, services) {
    const topics = request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(async ({ partitionIndex, offset }) => ({
          partitionIndex,
          lowWatermark: -1,
          ...(await settleAsync(() => deleteBefore({ name, partitionIndex, offset }, services))),
        })),
      ),
    }))
    return { throttleTimeMs: 0, topics: await Promise.all(topics) }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, lowWatermark: -1, errorCode })),
    })),
  }),
})

async function deleteBefore(
  wanted: { readonly name: string; readonly partitionIndex: number; readonly offset: number },
  services: Services,
) {
  const topic = findTopic(services.topics, { name: wanted.name, topicId: zeroUuid })
  if (topic.internal) throw new KafkaError(ErrorCode.invalidTopicException, `'${topic.name}' is an internal topic`)
  const partition = topic.partitions[wanted.partitionIndex]
  if (!partition) throw new KafkaError(ErrorCode.unknownTopicOrPartition)
  return { lowWatermark: await partition.deleteRecordsBefore(wanted.offset) }
}
