import type { Env } from '../../base/env.ts'
import type { Cluster, ClusterMetadata } from '../../client/cluster.ts'
import { topicBytes } from '../../client/cluster-admin.ts'
import type { CommittedOffsets } from '../../client/group-admin.ts'
import {
  committedOfAll,
  type DescribedMember,
  groupsOfAll,
  membersOfAll,
  offsetsOfAll,
  type PlacedGroup,
  settingsOfAll,
  type TopicsOffsets,
} from '../../client/whole-cluster.ts'
import { lagOfGroup } from './group-rows.ts'
import { Histories } from './history.ts'
import { Rate } from './rate.ts'
import { Sampled } from './sampled.ts'

/** Rates are over so long: groups commit every five seconds, and would seem to stand still in between. */
const rateMs = { in: 5_000, out: 15_000 } as const

/**
 * What is known of a cluster's topics and groups: asked for by all screens together, and no more often than the cluster bears.
 * It outlives screens and lost connections, so that charts have no gaps where somebody looked elsewhere.
 */
export class ClusterWatch {
  readonly metadata: Sampled<ClusterMetadata>
  readonly starts: Sampled<TopicsOffsets>
  readonly ends: Sampled<TopicsOffsets>
  readonly bytes: Sampled<ReadonlyMap<string, number>>
  readonly settings: Sampled<ReadonlyMap<string, ReadonlyMap<string, string | null>>>
  readonly groups: Sampled<readonly PlacedGroup[]>
  readonly committed: Sampled<ReadonlyMap<string, CommittedOffsets>>
  readonly members: Sampled<ReadonlyMap<string, readonly DescribedMember[]>>
  /** Records a second that come in, by topic. */
  readonly inHistory = new Histories()
  /** Records a second that groups commit, by topic. */
  readonly outHistory = new Histories()
  /** Both over all topics, under the name ''. */
  readonly inTotal = new Histories()
  readonly outTotal = new Histories()
  /** Lag in records, by group. */
  readonly lagHistory = new Histories()
  readonly #env: Env
  readonly #in = new Progress(rateMs.in)
  readonly #out = new Progress(rateMs.out)
  readonly #consumed = new Progress(rateMs.out)

  constructor(env: Env, cluster: Cluster) {
    this.#env = env
    const sampled = <T>(leastMs: number, ask: () => Promise<T>): Sampled<T> => new Sampled({ env, leastMs, ask })
    const topics = async () => (this.metadata.value ?? (await this.metadata.fresh()))?.topics ?? []
    const known = async () => this.groups.value ?? (await this.groups.fresh()) ?? []
    this.metadata = sampled(2_000, () => cluster.metadata(null))
    this.starts = sampled(15_000, async () => offsetsOfAll(cluster, await topics(), 'start'))
    this.ends = sampled(2_000, async () => this.#noteEnds(await offsetsOfAll(cluster, await topics(), 'end')))
    this.bytes = sampled(10_000, () => topicBytes(cluster))
    this.settings = sampled(30_000, async () => {
      const names = (await topics()).map(({ name }) => name)
      return settingsOfAll(cluster, names, ['retention.ms', 'cleanup.policy'])
    })
    this.groups = sampled(2_000, () => groupsOfAll(cluster))
    this.committed = sampled(2_000, async () => this.#noteCommitted(await committedOfAll(cluster, await known())))
    this.members = sampled(5_000, async () => membersOfAll(cluster, await known()))
  }

  /** Everything is asked for again the next time. */
  expire(): void {
    for (const part of [
      ...[this.metadata, this.starts, this.ends, this.bytes],
      ...[this.settings, this.groups, this.committed, this.members],
    ]) {
      part.expire()
    }
  }

  /** Records a second; null before two samples. */
  inRate(topic: string): number | null {
    return this.#in.rateOf(topic)
  }

  outRate(topic: string): number | null {
    return this.#out.rateOf(topic)
  }

  /** Records a second that a group commits. */
  consumedRate(group: string): number | null {
    return this.#consumed.rateOf(group)
  }

  #noteEnds(ends: TopicsOffsets): TopicsOffsets {
    const [nowMs, atMs] = [this.#env.clock.monotonic(), this.#env.clock.now()]
    for (const [topic, offsets] of ends) {
      this.#in.note(topic, nowMs, offsets)
      this.inHistory.note(topic, atMs, this.#in.rateOf(topic) ?? 0)
    }
    this.inTotal.note(
      '',
      atMs,
      total(ends.keys(), topic => this.#in.rateOf(topic)),
    )
    this.#in.keepOnly(ends)
    this.inHistory.keepOnly(new Set(ends.keys()))
    return ends
  }

  #noteCommitted(committed: ReadonlyMap<string, CommittedOffsets>): ReadonlyMap<string, CommittedOffsets> {
    const [nowMs, atMs] = [this.#env.clock.monotonic(), this.#env.clock.now()]
    const byTopic = new Map<string, Map<string, number>>()
    for (const [group, topics] of committed) {
      const all = new Map<string, number>()
      for (const [topic, offsets] of topics) {
        const read = byTopic.get(topic) ?? new Map<string, number>()
        byTopic.set(topic, read)
        for (const [partition, offset] of offsets) {
          read.set(`${group}/${partition}`, offset)
          all.set(`${topic}/${partition}`, offset)
        }
      }
      this.#consumed.note(group, nowMs, all)
      const { lag } = lagOfGroup(topics, this.ends.value, this.starts.value)
      if (lag !== null) this.lagHistory.note(group, atMs, lag)
    }
    for (const [topic, offsets] of byTopic) {
      this.#out.note(topic, nowMs, offsets)
      this.outHistory.note(topic, atMs, this.#out.rateOf(topic) ?? 0)
    }
    this.outTotal.note(
      '',
      atMs,
      total(byTopic.keys(), topic => this.#out.rateOf(topic)),
    )
    this.#consumed.keepOnly(committed)
    this.lagHistory.keepOnly(new Set(committed.keys()))
    this.#out.keepOnly(byTopic)
    this.outHistory.keepOnly(new Set(byTopic.keys()))
    return committed
  }
}

function total(names: Iterable<string>, rateOf: (name: string) => number | null): number {
  let sum = 0
  for (const name of names) sum += rateOf(name) ?? 0
  return sum
}

/** How fast offsets of many things move: each step forward counts, a step back is somebody's jump and no progress. */
class Progress {
  readonly #windowMs: number
  readonly #things = new Map<string, { last: ReadonlyMap<number | string, number>; count: number; rate: Rate }>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  note(name: string, nowMs: number, offsets: ReadonlyMap<number | string, number>): void {
    const thing = this.#things.get(name) ?? { last: offsets, count: 0, rate: new Rate(this.#windowMs) }
    this.#things.set(name, thing)
    for (const [part, offset] of offsets) thing.count += Math.max(0, offset - (thing.last.get(part) ?? offset))
    thing.last = offsets
    thing.rate.note(nowMs, thing.count)
  }

  rateOf(name: string): number | null {
    return this.#things.get(name)?.rate.perSecond ?? null
  }

  keepOnly(names: ReadonlyMap<string, unknown>): void {
    for (const name of this.#things.keys()) if (!names.has(name)) this.#things.delete(name)
  }
}

const watches = new WeakMap<Cluster, ClusterWatch>()

/** The one watch of a cluster. */
export function watchOf(env: Env, cluster: Cluster): ClusterWatch {
  const known = watches.get(cluster)
  if (known) return known
  const watch = new ClusterWatch(env, cluster)
  watches.set(cluster, watch)
  return watch
}
