import { type GroupLag, groupLag, type PartitionLag } from '../../client/group-lag.ts'
import { defineSource, type Source } from '../source.ts'
import { watchOf } from './cluster-watch.ts'
import { trendOf } from './group-rows.ts'
import { Histories, type Point } from './history.ts'

/** One group with everything that can be known of it (source `group`). */
export interface GroupQuestion extends Source {
  readonly kind: 'group'
  readonly group: string
}

export interface GroupPartition extends PartitionLag {
  /** Lag of the last samples, oldest first. */
  readonly history: readonly number[]
  /** Records a second by which the lag grows. */
  readonly trend: number | null
}

export interface GroupPicture extends Omit<GroupLag, 'partitions'> {
  readonly partitions: readonly GroupPartition[]
  readonly lag: number | null
  /** The age of the oldest record that it has not read. */
  readonly lagMs: number | null
  readonly lags: readonly Point[]
  /** Records a second that it commits. */
  readonly rate: number | null
}

const periodMs = 2_000
const dutyFactor = 20
const historyPoints = 24

/** A group, again and again; the lag in time is exact: the next record of each partition is looked at. */
export const groupSource = defineSource<GroupQuestion, GroupPicture>(
  async ({ env, cluster, question, emit, signal, pause }) => {
    const watch = watchOf(env, cluster)
    const lags = new Histories()
    while (!signal.aborted) {
      const startMs = env.clock.monotonic()
      const found = await groupLag(cluster, question.group)
      const atMs = env.clock.now()
      const names = found.partitions.map(({ topic, partition }) => `${topic}/${partition}`)
      for (const [at, { lag }] of found.partitions.entries()) if (lag !== null) lags.note(names[at]!, atMs, lag)
      const known = found.partitions.flatMap(({ lag }) => (lag === null ? [] : [lag]))
      const lag = known.length > 0 ? known.reduce((sum, each) => sum + each, 0) : null
      const times = found.partitions.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]))
      await watch.groups.fresh()
      await Promise.all([watch.ends.fresh(), watch.committed.fresh()])
      emit({
        ...found,
        partitions: found.partitions.map((partition, at) => {
          const points = lags.of(names[at]!)
          return {
            ...partition,
            history: points.slice(-historyPoints).map(({ value }) => value),
            trend: trendOf(points),
          }
        }),
        lag,
        lagMs: times.length > 0 ? Math.max(...times) : null,
        lags: watch.lagHistory.of(question.group),
        rate: watch.consumedRate(question.group),
      })
      await pause(Math.max(periodMs, (env.clock.monotonic() - startMs) * dutyFactor))
    }
  },
)
