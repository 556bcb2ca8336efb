import { fetchApi } from '../protocol/messages/fetch.ts'
import type { Connection } from './connection.ts'
import type { Isolation } from './list-offsets.ts'

interface FetchPosition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly offset: number
}

const defaultBytesMax = 16 * 1024 * 1024
const partitionBytesMax = 4 * 1024 * 1024

/**
 * Asks one broker once for records of partitions that it leads, in the order of `positions`. The first batch comes whatever
 * its size (KIP-74).
 */
export function fetchOnce(
  connection: Connection,
  positions: readonly FetchPosition[],
  {
    maxWaitMs,
    isolation,
    bytesMax = defaultBytesMax,
  }: { readonly maxWaitMs: number; readonly isolation: Isolation; readonly bytesMax?: number },
) {
  const topics = Map.groupBy(positions, ({ topic }) => topic)
  return connection.ask(
    fetchApi,
    {
      maxWaitMs,
      minBytes: 1,
      maxBytes: bytesMax,
      isolationLevel: isolation === 'committed' ? 1 : 0,
      topics: [...topics].map(([topic, partitions]) => ({
        topic,
        topicId: partitions[0]!.topicId,
        partitions: partitions.map(({ partition, offset }) => ({
          partition,
          fetchOffset: offset,
          partitionMaxBytes: Math.min(partitionBytesMax, bytesMax),
        })),
      })),
    },
    { waitMs: maxWaitMs },
  )
}
