import { OperatorError } from '../base/errors.ts'
import type { Cluster, TopicMetadata } from '../client/cluster.ts'
import {
  endOffsets,
  type PartitionOffsets,
  resolvePosition,
  type StartPosition,
  startOffsets,
} from '../client/list-offsets.ts'
import type { OffsetRange, OffsetRanges, RangeEnd, RangeStart } from '../client/offset-expression.ts'

/** From where to where a partition is read. */
export interface PartitionRange {
  readonly partition: number
  readonly offset: number
  /** Exclusive; Infinity for no end. */
  readonly endOffset: number
  /** What decided on the beginning, in words. */
  readonly startText: string
}

export interface RangeQuestion {
  readonly partitions: readonly number[]
  readonly ranges: OffsetRanges
  /** Where to begin when `-o` does not say it. */
  readonly defaultStart: RangeStart
  /** Stop at the end as it is now, at the latest. */
  readonly toEnd: boolean
  /** What the group has committed; without a group, `stored` is refused. */
  readonly committed?: PartitionOffsets
  /** Where `stored` begins for partitions for which nothing is committed. */
  readonly fallback?: StartPosition
}

/**
 * Finds the offsets that ranges mean for a topic's partitions now. An end in the future is Infinity: see `futureEndMs`.
 * Throws `OperatorError` for `stored` without a group and for partitions that the topic does not have, and what requests do.
 */
export async function resolveRanges(
  cluster: Cluster,
  topic: TopicMetadata,
  question: RangeQuestion,
): Promise<readonly PartitionRange[]> {
  const { partitions, ranges, toEnd } = question
  const unknown = [...ranges.byPartition.keys()].find(
    wanted => !topic.partitions.some(({ partition }) => partition === wanted),
  )
  if (unknown !== undefined) throw noPartition(topic, unknown)
  const resolver = new Resolver(cluster, topic, question)
  const nowEnds = toEnd ? await endOffsets(cluster, topic, partitions) : undefined
  const resolved: PartitionRange[] = []
  for (const [range, group] of groupedByRange(partitions, ranges)) {
    const starts = await resolver.starts(range.start ?? question.defaultStart, group)
    const ends = range.end && (await resolver.ends(range.end, group, starts))
    for (const partition of group) {
      const endOffset = Math.min(
        ends?.get(partition) ?? Number.POSITIVE_INFINITY,
        nowEnds ? (nowEnds.get(partition) ?? 0) : Number.POSITIVE_INFINITY,
      )
      resolved.push({
        partition,
        offset: starts.get(partition) ?? 0,
        endOffset,
        startText: resolver.startText(range.start ?? question.defaultStart, partition),
      })
    }
  }
  return resolved
}

/** The latest end that has not come yet (ms since 1970), if a range has one: until then there is no offset for it. */
export function futureEndMs({ all, byPartition }: OffsetRanges, nowMs: number): number | undefined {
  const ends = [all, ...byPartition.values()].map(({ end }) => (end?.kind === 'time' ? end.timestampMs : 0))
  const latestMs = Math.max(...ends)
  return latestMs > nowMs ? latestMs : undefined
}

/** The partitions of a topic that are asked for, all of them for undefined. Throws `OperatorError` for one that is not there. */
export function choosePartitions(topic: TopicMetadata, wanted: readonly number[] | undefined): readonly number[] {
  const all = topic.partitions.map(({ partition }) => partition)
  const missing = wanted?.find(partition => !all.includes(partition))
  if (missing !== undefined) throw noPartition(topic, missing)
  return wanted ? [...new Set(wanted)] : all
}

function noPartition(topic: TopicMetadata, partition: number): OperatorError {
  return new OperatorError(`topic '${topic.name}' has no partition ${partition}`, {
    hint: `it has ${topic.partitions.length}, counted from 0`,
  })
}

/** Partitions with the same range are asked for together. */
function groupedByRange(
  partitions: readonly number[],
  { all, byPartition }: OffsetRanges,
): ReadonlyMap<OffsetRange, readonly number[]> {
  // What is said for one partition leaves the rest as it is said for all.
  const merged = new Map([...byPartition].map(([partition, range]) => [partition, { ...all, ...range }]))
  return Map.groupBy(partitions, partition => merged.get(partition) ?? all)
}

class Resolver {
  readonly #cluster: Cluster
  readonly #topic: TopicMetadata
  readonly #question: RangeQuestion

  constructor(cluster: Cluster, topic: TopicMetadata, question: RangeQuestion) {
    this.#cluster = cluster
    this.#topic = topic
    this.#question = question
  }

  async starts(start: RangeStart, partitions: readonly number[]): Promise<PartitionOffsets> {
    const { committed, fallback = { kind: 'start' } } = this.#question
    switch (start.kind) {
      case 'stored': {
        if (!committed) throw new OperatorError("'stored' needs a group", { hint: 'name it with -g' })
        const fresh = partitions.filter(partition => !committed.has(partition))
        const known = [...committed].filter(([partition]) => partitions.includes(partition))
        if (fresh.length === 0) return new Map(known)
        return new Map([...known, ...(await this.#resolve(fresh, fallback))])
      }
      case 'afterStart': {
        const first = await startOffsets(this.#cluster, this.#topic, partitions)
        return new Map([...first].map(([partition, offset]) => [partition, offset + start.count]))
      }
      default:
        return this.#resolve(partitions, start)
    }
  }

  async ends(end: RangeEnd, partitions: readonly number[], starts: PartitionOffsets): Promise<PartitionOffsets> {
    if (end.kind === 'count') {
      return new Map([...starts].map(([partition, offset]) => [partition, offset + end.count]))
    }
    if (end.kind === 'time' && end.timestampMs > this.#cluster.env.clock.now()) return new Map()
    return this.#resolve(partitions, end)
  }

  startText(start: RangeStart, partition: number): string {
    const { committed, fallback = { kind: 'start' } } = this.#question
    if (start.kind !== 'stored') return startText(start)
    return committed?.has(partition) ? 'the committed offset' : `${startText(fallback)}, nothing being committed`
  }

  #resolve(partitions: readonly number[], position: StartPosition): Promise<PartitionOffsets> {
    return resolvePosition(this.#cluster, this.#topic, partitions, position)
  }
}

function startText(start: Exclude<RangeStart, { kind: 'stored' }>): string {
  switch (start.kind) {
    case 'start':
    case 'end':
      return `the ${start.kind}`
    case 'offset':
      return `offset ${start.offset}`
    case 'last':
      return `${start.count} before the end`
    case 'afterStart':
      return `${start.count} behind the start`
    case 'time':
      return `time ${new Date(start.timestampMs).toISOString()}`
  }
}
