import type { CommittedOffsets } from '../../client/group-admin.ts'
import type { DescribedMember, PlacedGroup, TopicsOffsets } from '../../client/whole-cluster.ts'
import { topicLag } from './topic-rows.ts'

/** A group as the list shows it; null: not known, or not yet. */
export interface GroupRow {
  readonly group: string
  readonly state: string
  /** `consumer` for consumers; others have kinds of their own. */
  readonly protocolType: string
  readonly coordinator: number
  readonly members: number | null
  /** Topics that it has committed offsets of. */
  readonly topics: number | null
  /** Records that it has not read. */
  readonly lag: number | null
  /** Lag of the last samples, oldest first. */
  readonly history: readonly number[]
  /** Records a second that it commits. */
  readonly rate: number | null
  /** Records a second by which its lag grows; below 0 it catches up. */
  readonly trend: number | null
  /** When nothing is left to read, if it goes on like this; null where it does not catch up. */
  readonly doneInMs: number | null
  /** It runs a script of ours. */
  readonly isApplication: boolean
}

export interface GroupFacts {
  readonly groups: readonly PlacedGroup[]
  readonly members: ReadonlyMap<string, readonly DescribedMember[]> | undefined
  readonly committed: ReadonlyMap<string, CommittedOffsets> | undefined
  readonly starts: TopicsOffsets | undefined
  readonly ends: TopicsOffsets | undefined
  readonly rate: (group: string) => number | null
  /** Lag over time, oldest first. */
  readonly lags: (group: string) => readonly { readonly atMs: number; readonly value: number }[]
}

const historyPoints = 24

export function groupRows(facts: GroupFacts): readonly GroupRow[] {
  return facts.groups.map(({ group, state, protocolType, coordinator }) => {
    const committed = facts.committed?.get(group)
    const members = facts.members?.get(group)
    const { lag, topics } = lagOfGroup(committed, facts.ends, facts.starts)
    const points = facts.lags(group)
    const trend = trendOf(points)
    return {
      ...{ group, state, protocolType, coordinator, lag, topics, trend },
      members: members?.length ?? null,
      history: points.slice(-historyPoints).map(({ value }) => value),
      rate: committed ? facts.rate(group) : null,
      doneInMs: lag !== null && lag > 0 && trend !== null && trend < 0 ? (lag / -trend) * 1_000 : null,
      isApplication: members?.some(({ instance }) => instance !== null) ?? false,
    }
  })
}

/** Summed over all partitions that it has committed for; topics that are gone are nobody's lag. */
export function lagOfGroup(
  committed: CommittedOffsets | undefined,
  ends: TopicsOffsets | undefined,
  starts: TopicsOffsets | undefined,
): { readonly lag: number | null; readonly topics: number | null } {
  if (!committed) return { lag: null, topics: null }
  const read = [...committed].filter(([, offsets]) => offsets.size > 0)
  if (!ends || read.length === 0) return { lag: null, topics: read.length }
  let lag = 0
  for (const [topic, offsets] of read) {
    const topicEnds = ends.get(topic)
    if (topicEnds) lag += topicLag(offsets, topicEnds, starts?.get(topic))
  }
  return { lag, topics: read.length }
}

/** The slope of the last half minute by least squares, in things a second: single steps of commits do not count much. */
export function trendOf(points: readonly { readonly atMs: number; readonly value: number }[]): number | null {
  const last = points.at(-1)
  const recent = last ? points.filter(({ atMs }) => atMs > last.atMs - trendMs) : []
  if (!last || recent.length < 3) return null
  const meanX = recent.reduce((sum, { atMs }) => sum + atMs, 0) / recent.length
  const meanY = recent.reduce((sum, { value }) => sum + value, 0) / recent.length
  let above = 0
  let below = 0
  for (const { atMs, value } of recent) {
    above += (atMs - meanX) * (value - meanY)
    below += (atMs - meanX) ** 2
  }
  return below === 0 ? null : (above / below) * 1_000
}

const trendMs = 30_000
