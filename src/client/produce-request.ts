import { ErrorCode } from '../protocol/errors.ts'
import { produceApi } from '../protocol/messages/produce.ts'
import type { Connection } from './connection.ts'

/** Who has to have a batch before the broker says so: all replicas in sync, the leader, or nobody. */
export type Acks = 'all' | 'leader' | 'none'

export interface ProduceRequest {
  readonly acks: Acks
  readonly transactionalId: string | null
  readonly versionMax?: number | undefined
  /** At most one batch for each partition. */
  readonly batches: readonly {
    readonly topic: string
    readonly topicId: string
    readonly partition: number
    readonly bytes: Buffer
  }[]
}

/** What the broker says of one batch. */
export interface ProduceAnswer {
  readonly errorCode: number
  readonly errorMessage?: string | null
  /** -1 where it is not known. */
  readonly baseOffset: number
}

const acksOnWire: Record<Acks, number> = { all: -1, leader: 1, none: 0 }
const brokerTimeoutMs = 30_000

/** Sends batches to the broker that leads their partitions; the answer by partition. Rejects with `ConnectionLostError`. */
export async function produce(
  connection: Connection,
  { acks, transactionalId, versionMax, batches }: ProduceRequest,
): Promise<(place: { readonly topic: string; readonly partition: number }) => ProduceAnswer> {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic)
  const topicIds = new Map(batches.map(({ topic, topicId }) => [topic, topicId]))
  const body = {
    transactionalId,
    acks: acksOnWire[acks],
    timeoutMs: brokerTimeoutMs,
    topicData: [...byTopic].map(([name, entries]) => ({
      name,
      topicId: topicIds.get(name)!,
      partitionData: entries.map(({ partition, bytes }) => ({ index: partition, records: bytes })),
    })),
  }
  if (acks === 'none') {
    await connection.tell(produceApi, body)
    return () => ({ errorCode: ErrorCode.none, baseOffset: -1 })
  }
  const answer = await connection.ask(produceApi, body, { waitMs: brokerTimeoutMs, versionMax })
  return place => {
    const topicId = topicIds.get(place.topic)
    const topic = answer.responses.find(({ name, topicId: id }) => name === place.topic || (!name && id === topicId))
    const partition = topic?.partitionResponses.find(({ index }) => index === place.partition)
    return partition ?? { errorCode: ErrorCode.unknownServerError, baseOffset: -1 }
  }
}
