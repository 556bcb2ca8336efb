import { ErrorCode } from '../protocol/errors.ts'
import { listOffsetsApi } from '../protocol/messages/list-offsets.ts'
import type { Cluster, PartitionLeader, TopicMetadata } from './cluster.ts'
import { ConnectionLostError, isRetriable, RequestError } from './failures.ts'

/** Where to begin to read a partition. */
export type StartPosition =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'last'; readonly count: number }
  | { readonly kind: 'time'; readonly timestampMs: number }

/** What a reader may see: everything, or only records of transactions that were committed. */
export type Isolation = 'committed' | 'uncommitted'

/** Offsets by partition. */
export type PartitionOffsets = ReadonlyMap<number, number>

const endTimestamp = -1
const startTimestamp = -2

/** The topic's partitions and leaders. Throws `RequestError` if it is not there; never creates it. */
export async function findTopic(cluster: Cluster, name: string): Promise<TopicMetadata> {
  const pauses = cluster.backoff()
  for (;;) {
    const { topics } = await cluster.metadata([name])
    const topic = topics.find(other => other.name === name)
    const errorCode = topic?.errorCode ?? ErrorCode.unknownTopicOrPartition
    if (topic && errorCode === ErrorCode.none) return topic
    const isPassing = isRetriable(errorCode) && errorCode !== ErrorCode.unknownTopicOrPartition
    if (!isPassing || pauses.isOver) throw new RequestError(errorCode, `topic '${name}'`)
    await pauses.pause()
  }
}

/** First offset of each partition. */
export function startOffsets(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
): Promise<PartitionOffsets> {
  return listOffsets(cluster, topic, partitions, { timestamp: startTimestamp })
}

/** The offset that the next record of each partition will get; `committed`: that of the first open transaction, if any. */
export function endOffsets(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  isolation: Isolation = 'committed',
): Promise<PartitionOffsets> {
  return listOffsets(cluster, topic, partitions, { timestamp: endTimestamp, isolation })
}

/** The first offset of each partition whose record is not older than the time (ms since 1970); -1 if there is none. */
export function offsetsAtTime(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  timestampMs: number,
): Promise<PartitionOffsets> {
  return listOffsets(cluster, topic, partitions, { timestamp: timestampMs })
}

/** The offset at which each partition is to be read from `position`. */
export async function resolvePosition(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  position: StartPosition,
): Promise<PartitionOffsets> {
  switch (position.kind) {
    case 'start':
      return startOffsets(cluster, topic, partitions)
    case 'end':
      return endOffsets(cluster, topic, partitions)
    case 'offset':
      return new Map(partitions.map(partition => [partition, position.offset]))
    case 'last': {
      const [first, end] = [
        await startOffsets(cluster, topic, partitions),
        await endOffsets(cluster, topic, partitions),
      ]
      return mapOffsets(end, (offset, partition) => Math.max(first.get(partition) ?? 0, offset - position.count))
    }
    case 'time': {
      const [found, end] = [
        await offsetsAtTime(cluster, topic, partitions, position.timestampMs),
        await endOffsets(cluster, topic, partitions),
      ]
      // -1: no record is that young.
      return mapOffsets(found, (offset, partition) => (offset < 0 ? (end.get(partition) ?? 0) : offset))
    }
  }
}

interface OffsetQuestion {
  readonly timestamp: number
  readonly isolation?: Isolation
}

async function listOffsets(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  question: OffsetQuestion,
): Promise<PartitionOffsets> {
  const found = new Map<number, number>()
  const pauses = cluster.backoff()
  let current = topic
  for (;;) {
    const missing = current.partitions.filter(
      ({ partition }) => partitions.includes(partition) && !found.has(partition),
    )
    const failure = await askLeaders(cluster, current.name, missing, question, found)
    if (!failure) return found
    if (pauses.isOver) throw failure
    await pauses.pause()
    current = await findTopic(cluster, topic.name)
  }
}

/** Asks each leader for its partitions and notes the answers in `found`; a failure that may pass is returned. */
async function askLeaders(
  cluster: Cluster,
  topic: string,
  partitions: readonly PartitionLeader[],
  { timestamp, isolation }: OffsetQuestion,
  found: Map<number, number>,
): Promise<Error | undefined> {
  let failure: Error | undefined
  for (const [leaderId, led] of Map.groupBy(partitions, ({ leaderId }) => leaderId)) {
    try {
      if (leaderId < 0) throw new RequestError(ErrorCode.leaderNotAvailable, `topic '${topic}'`)
      const answer = await cluster.ask(leaderId, listOffsetsApi, {
        replicaId: -1,
        isolationLevel: isolation === 'committed' ? 1 : 0,
        topics: [{ name: topic, partitions: led.map(({ partition }) => ({ partitionIndex: partition, timestamp })) }],
        timeoutMs: 30_000,
      })
      for (const { partitionIndex, errorCode, offset } of answer.topics[0]?.partitions ?? []) {
        if (errorCode === ErrorCode.none) found.set(partitionIndex, offset)
        else throw new RequestError(errorCode, `topic '${topic}' partition ${partitionIndex}`)
      }
    } catch (error) {
      const isPassing =
        error instanceof ConnectionLostError || (error instanceof RequestError && isRetriable(error.code))
      if (!isPassing) throw error
      failure = error
    }
  }
  return failure
}

function mapOffsets(
  offsets: PartitionOffsets,
  change: (offset: number, partition: number) => number,
): PartitionOffsets {
  return new Map([...offsets].map(([partition, offset]) => [partition, change(offset, partition)]))
}
