import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { offsetDeleteApi } from '../protocol/messages/offset-delete.ts'
import { handler, type Services } from './handle.ts'

// OffsetDelete v0.

type Wanted = RequestOf<typeof offsetDeleteApi>['topics'][number]

export const offsetDelete = handler(offsetDeleteApi, {
  async handle({ groupId, topics }, _call, services) {
    const existing = topics.map(topic => existingPartitions(topic, services))
    const deleted = await services.groups.deleteOffsets(groupId, existing)
    const results = topics.map((topic, at) => ({
      name: topic.name,
      partitions: [...missingPartitions(topic, services), ...(deleted[at]?.partitions ?? [])],
    }))
    return { errorCode: ErrorCode.none, throttleTimeMs: 0, topics: results }
  },
  refuse: (_request, { errorCode }) => ({ errorCode, throttleTimeMs: 0, topics: [] }),
})

function exists(name: string, index: number, services: Services): boolean {
  return services.topics.get(name)?.partitions[index] !== undefined
}

function existingPartitions({ name, partitions }: Wanted, services: Services) {
  const indexes = partitions.map(({ partitionIndex }) => partitionIndex)
  return { name, partitionIndexes: indexes.filter(index => exists(name, index, services)) }
}

function missingPartitions({ name, partitions }: Wanted, services: Services) {
  return partitions
    .filter(({ partitionIndex }) => !exists(name, partitionIndex, services))
    .map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode.unknownTopicOrPartition }))
}
