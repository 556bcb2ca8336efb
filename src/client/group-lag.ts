import type { Cluster, TopicMetadata } from './cluster.ts'
import { RequestError } from './failures.ts'
import { committedOffsets, describeGroup, type GroupDescription } from './group-admin.ts'
import { endOffsets, findTopic, type PartitionOffsets, startOffsets } from './list-offsets.ts'
import { recordTimes } from './record-times.ts'

/** How far a group is behind in one partition. Field names are those of the JSON that people see. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** The next offset that the group will read; null: it has committed none. */
  readonly committed: number | null
  /** First offset that is still there; null where the topic is gone. */
  readonly start: number | null
  /** The offset that the next record will get; null where the topic is gone. */
  readonly end: number | null
  /** Records that are there and not read: from `committed`, or from `start` where that is behind it, to `end`. */
  readonly lag: number | null
  /** Records that were deleted before the group has read them. */
  readonly lost: number | null
  /** Age of the record at `committed` in milliseconds; 0 when nothing is left to read. */
  readonly lagMs: number | null
  readonly memberId: string | null
  readonly clientId: string | null
  readonly host: string | null
}

export interface GroupLag extends GroupDescription {
  readonly partitions: readonly PartitionLag[]
}

/** What the lag of a partition follows from. */
export interface LagFacts {
  readonly committed: number | null
  readonly start: number | null
  readonly end: number | null
  /** Of the first record at or behind `committed`, ms since 1970. */
  readonly recordTimeMs: number | null
  readonly nowMs: number
}

/**
 * The lag of a partition in offsets, as other tools count (markers of transactions and compacted records count, too), and in
 * time: how old the next record to be read is. Records that retention has deleted are nobody's lag any more, but lost.
 */
export function lagOf(facts: LagFacts): Pick<PartitionLag, 'lag' | 'lost' | 'lagMs'> {
  const { committed, end, recordTimeMs, nowMs } = facts
  if (committed === null || end === null) return { lag: null, lost: null, lagMs: null }
  const start = facts.start ?? 0
  const lag = Math.max(0, end - Math.max(committed, start))
  const lost = Math.max(0, Math.min(start, end) - committed)
  if (lag === 0) return { lag, lost, lagMs: 0 }
  return { lag, lost, lagMs: recordTimeMs === null || recordTimeMs < 0 ? null : Math.max(0, nowMs - recordTimeMs) }
}

/** A group with its lag in all partitions that it has committed for or reads. Throws `RequestError`. */
export async function groupLag(cluster: Cluster, group: string): Promise<GroupLag> {
  const description = await describeGroup(cluster, group)
  const committed = await committedOffsets(cluster, group)
  const assigned = description.members.flatMap(({ partitions }) => partitions)
  const topics = [...new Set([...committed.keys(), ...assigned.map(({ topic }) => topic)])].toSorted()
  const partitions = await Promise.all(
    topics.map(topic => {
      const offsets = committed.get(topic) ?? new Map<number, number>()
      const read = assigned.filter(other => other.topic === topic).map(({ partition }) => partition)
      return topicLag(cluster, description, topic, offsets, [...new Set([...offsets.keys(), ...read])])
    }),
  )
  return { ...description, partitions: partitions.flat() }
}

async function topicLag(
  cluster: Cluster,
  { members }: GroupDescription,
  topic: string,
  committed: PartitionOffsets,
  partitions: readonly number[],
): Promise<readonly PartitionLag[]> {
  const { start, end, times } = await boundsOf(cluster, topic, committed, partitions)
  const nowMs = cluster.env.clock.now()
  return partitions
    .toSorted((a, b) => a - b)
    .map(partition => {
      const member = members.find(other =>
        other.partitions.some(read => read.topic === topic && read.partition === partition),
      )
      const facts = {
        committed: committed.get(partition) ?? null,
        start: start.get(partition) ?? null,
        end: end.get(partition) ?? null,
      }
      return {
        topic,
        partition,
        ...facts,
        ...lagOf({ ...facts, recordTimeMs: times.get(partition) ?? null, nowMs }),
        memberId: member?.memberId ?? null,
        clientId: member?.clientId ?? null,
        // Brokers show addresses with a slash before them, as Java does.
        host: member?.clientHost.replace(/^\//, '') ?? null,
      }
    })
}

interface Bounds {
  readonly start: PartitionOffsets
  readonly end: PartitionOffsets
  readonly times: ReadonlyMap<number, number>
}

/** Offsets of a topic that has been deleted stay with the group for a while: they have no bounds any more. */
async function boundsOf(
  cluster: Cluster,
  topic: string,
  committed: PartitionOffsets,
  partitions: readonly number[],
): Promise<Bounds> {
  let found: TopicMetadata
  try {
    found = await findTopic(cluster, topic)
  } catch (error) {
    if (error instanceof RequestError) return { start: new Map(), end: new Map(), times: new Map() }
    throw error
  }
  const [start, end] = await Promise.all([
    startOffsets(cluster, found, partitions),
    // Open transactions count: a group that waits behind one that hangs is behind.
    endOffsets(cluster, found, partitions, 'uncommitted'),
  ])
  const unread = [...committed].filter(([partition, offset]) => offset < (end.get(partition) ?? 0))
  const times = await recordTimes(
    cluster,
    found,
    new Map(unread.map(([partition, offset]) => [partition, Math.max(offset, start.get(partition) ?? 0)])),
  )
  return { start, end, times }
}
