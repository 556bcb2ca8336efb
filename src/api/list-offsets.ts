import { checkLeaderEpoch } from '../log/leader-epoch.ts'
import type { Partition } from '../log/partition.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { listOffsetsApi } from '../protocol/messages/list-offsets.ts'
import { type Call, handler, type Services, settleAsync } from './handle.ts'
import { repeated } from './repeated.ts'
import { findPartition } from './topic-lookup.ts'

// ListOffsets v0-11. The replica id makes no difference, and the timeout (v10) is for remote storage only.

type ListOffsetsRequest = RequestOf<typeof listOffsetsApi>
type Wanted = ListOffsetsRequest['topics'][number]['partitions'][number]

/** Since which version each of Kafka's special timestamps may be asked for. */
const firstVersion: Readonly<Record<number, number>> = { [-1]: 0, [-2]: 0, [-3]: 7, [-4]: 8, [-5]: 9, [-6]: 11 }

export const listOffsets = handler(listOffsetsApi, {
  async handle(request, call, services) {
    const duplicates = repeated(
      request.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex }) => partitionKey(name, partitionIndex)),
      ),
    )
    const describe = async (name: string, wanted: Wanted) => {
      const outcome = await settleAsync(async () => {
        if (duplicates.has(partitionKey(name, wanted.partitionIndex)))
          throw new KafkaError(ErrorCode.invalidRequest, 'the partition is named twice')
        return list(name, wanted, request, call, services)
      })
      return { ...unanswered(wanted.partitionIndex), ...outcome }
    }
    const topics = request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(partitions.map(wanted => describe(name, wanted))),
    }))
    return { throttleTimeMs: 0, topics: await Promise.all(topics) }
  },
  refuse: (request, { errorCode }) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ ...unanswered(partitionIndex), errorCode })),
    })),
  }),
})

function unanswered(partitionIndex: number) {
  return { partitionIndex, timestamp: -1, offset: -1, leaderEpoch: -1, oldStyleOffsets: [] as number[] }
}

async function list(name: string, wanted: Wanted, request: ListOffsetsRequest, call: Call, services: Services) {
  const { timestamp, currentLeaderEpoch, partitionIndex, maxNumOffsets } = wanted
  if (timestamp < 0 && call.version < (firstVersion[timestamp] ?? Number.POSITIVE_INFINITY))
    throw new KafkaError(
      ErrorCode.unsupportedVersion,
      `version ${call.version} has no meaning for timestamp ${timestamp}`,
    )
  const partition = findPartition(services.topics, { name, topicId: zeroUuid }, partitionIndex)
  checkLeaderEpoch(partition, currentLeaderEpoch)
  const upTo = request.isolationLevel === 1 ? 'lastStableOffset' : 'highWatermark'
  const found = await partition.listOffset(timestamp, upTo)
  return call.version === 0 ? { oldStyleOffsets: oldStyle(partition, found.offset, maxNumOffsets) } : found
}

// v0 answers a list of offsets, newest first: in Kafka the starts of segments and the end. We have no segments, so the
// list holds the offset that was asked for and the start of the log.
function oldStyle(partition: Partition, found: number, limit: number): number[] {
  const offset = found === -1 ? partition.highWatermark : found
  return [...new Set([offset, partition.logStartOffset])].slice(0, Math.max(0, limit))
}

function partitionKey(name: string, index: number): string {
  return `${index}:${name}`
}
