import type { TopicMetadata } from '../../client/cluster.ts'
import type { CommittedOffsets } from '../../client/group-admin.ts'
import type { PartitionOffsets } from '../../client/list-offsets.ts'
import type { TopicsOffsets } from '../../client/whole-cluster.ts'

/** A topic as the list shows it; null: not known, or not yet. */
export interface TopicRow {
  readonly name: string
  readonly isInternal: boolean
  readonly partitions: number
  readonly leaderless: number
  readonly underReplicated: number
  /** Offsets from the first to the end, over all partitions. */
  readonly records: number | null
  readonly bytes: number | null
  /** Records a second that come in. */
  readonly inRate: number | null
  /** Records a second that groups commit. */
  readonly outRate: number | null
  /** `inRate` of the last samples, oldest first. */
  readonly history: readonly number[]
  /** The largest partition's share of the records, times the number of partitions: 1 is even. */
  readonly skew: number | null
  readonly retentionMs: number | null
  /** Groups that have committed offsets of it. */
  readonly groups: number | null
  /** The lag of the group that is furthest behind, in records. */
  readonly lag: number | null
}

/** What rows are made of; undefined is what nobody has said yet, or what this user may not know. */
export interface TopicFacts {
  readonly topics: readonly TopicMetadata[]
  readonly starts: TopicsOffsets | undefined
  readonly ends: TopicsOffsets | undefined
  readonly bytes: ReadonlyMap<string, number> | undefined
  readonly settings: ReadonlyMap<string, ReadonlyMap<string, string | null>> | undefined
  readonly committed: ReadonlyMap<string, CommittedOffsets> | undefined
  readonly inRate: (topic: string) => number | null
  readonly outRate: (topic: string) => number | null
  readonly history: (topic: string) => readonly number[]
}

export function topicRows(facts: TopicFacts): readonly TopicRow[] {
  const readers = facts.committed && facts.ends ? readersOf(facts.committed, facts.ends, facts.starts) : undefined
  return facts.topics.map(topic => {
    const { name, isInternal, partitions } = topic
    const counts = recordCounts(facts.starts?.get(name), facts.ends?.get(name))
    const read = readers?.get(name)
    return {
      name,
      isInternal,
      partitions: partitions.length,
      leaderless: partitions.filter(({ leaderId }) => leaderId < 0).length,
      underReplicated: partitions.filter(({ replicas, inSyncReplicas }) => inSyncReplicas.length < replicas.length)
        .length,
      records: counts && sum(counts),
      bytes: facts.bytes?.get(name) ?? null,
      inRate: facts.inRate(name),
      outRate: read ? facts.outRate(name) : null,
      history: facts.history(name),
      skew: counts && skewOf(counts),
      retentionMs: retentionOf(facts.settings?.get(name)),
      groups: readers ? (read?.groups ?? 0) : null,
      lag: read?.lag ?? null,
    }
  })
}

/** Records of a partition that a group has not read: those that are still there. */
export function lagIn(committed: number, start: number, end: number): number {
  return Math.max(0, end - Math.max(committed, start))
}

/** 1: all partitions hold the same; the number of partitions: one holds everything. */
export function skewOf(counts: readonly number[]): number | null {
  const total = sum(counts)
  return total === 0 || counts.length < 2 ? null : (Math.max(...counts) * counts.length) / total
}

function recordCounts(
  starts: PartitionOffsets | undefined,
  ends: PartitionOffsets | undefined,
): readonly number[] | null {
  if (!starts || !ends) return null
  return [...ends].map(([partition, end]) => Math.max(0, end - (starts.get(partition) ?? 0)))
}

/** What is compacted and nothing else is kept for ever, whatever the setting says. */
function retentionOf(settings: ReadonlyMap<string, string | null> | undefined): number | null {
  const value = settings?.get('retention.ms')
  if (value === undefined || value === null || !settings) return null
  return settings.get('cleanup.policy') === 'compact' ? -1 : Number(value)
}

function readersOf(
  committed: ReadonlyMap<string, CommittedOffsets>,
  ends: TopicsOffsets,
  starts: TopicsOffsets | undefined,
): ReadonlyMap<string, { readonly groups: number; readonly lag: number }> {
  const readers = new Map<string, { groups: number; lag: number }>()
  for (const topics of committed.values()) {
    for (const [topic, offsets] of topics) {
      const topicEnds = ends.get(topic)
      if (!topicEnds || offsets.size === 0) continue
      const known = readers.get(topic) ?? { groups: 0, lag: 0 }
      readers.set(topic, known)
      known.groups++
      known.lag = Math.max(known.lag, topicLag(offsets, topicEnds, starts?.get(topic)))
    }
  }
  return readers
}

/** The lag of one group in one topic. */
export function topicLag(
  offsets: PartitionOffsets,
  ends: PartitionOffsets,
  starts: PartitionOffsets | undefined,
): number {
  let lag = 0
  for (const [partition, offset] of offsets) {
    const end = ends.get(partition)
    if (end !== undefined) lag += lagIn(offset, starts?.get(partition) ?? 0, end)
  }
  return lag
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
