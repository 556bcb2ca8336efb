import { OperatorError } from '../../base/errors.ts'
import { defineSource, type Source } from '../source.ts'
import { type ClusterWatch, watchOf } from './cluster-watch.ts'
import type { Point } from './history.ts'
import { topicLag } from './topic-rows.ts'

/** One topic: partitions, readers, throughput (source `topic`). */
export interface TopicQuestion extends Source {
  readonly kind: 'topic'
  readonly topic: string
}

export interface PartitionRow {
  readonly partition: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  readonly start: number | null
  readonly end: number | null
  readonly records: number | null
}

export interface ReaderRow {
  readonly group: string
  readonly state: string
  readonly partitions: number
  readonly lag: number | null
  /** Lag in all its topics over time, oldest first. */
  readonly history: readonly number[]
}

export interface TopicPicture {
  readonly topicId: string
  readonly partitions: readonly PartitionRow[]
  readonly readers: readonly ReaderRow[] | null
  readonly bytes: number | null
  readonly retentionMs: number | null
  readonly cleanup: string | null
  /** Records a second. */
  readonly inRates: readonly Point[]
  readonly outRates: readonly Point[]
}

const periodMs = 2_000
const historyPoints = 24

/** A topic, again and again, out of what all screens ask for together. */
export const topicSource = defineSource<TopicQuestion, TopicPicture>(
  async ({ env, cluster, question, emit, signal, pause }) => {
    const watch = watchOf(env, cluster)
    while (!signal.aborted) {
      await watch.metadata.fresh()
      await Promise.all([watch.starts.fresh(), watch.ends.fresh()])
      emit(pictureOf(watch, question.topic))
      await watch.settings.fresh()
      await watch.groups.fresh()
      await watch.committed.fresh()
      await watch.bytes.fresh()
      emit(pictureOf(watch, question.topic))
      const startMs = env.clock.monotonic()
      await pause(periodMs)
      if (env.clock.monotonic() - startMs < periodMs * 0.9) watch.expire()
    }
  },
)

function pictureOf(watch: ClusterWatch, name: string): TopicPicture {
  const topic = watch.metadata.value?.topics.find(other => other.name === name)
  if (!topic) throw new OperatorError(`there is no topic '${name}' any more`, { hint: 'esc: back to the others' })
  const starts = watch.starts.value?.get(name)
  const ends = watch.ends.value?.get(name)
  const settings = watch.settings.value?.get(name)
  const retention = settings?.get('retention.ms')
  return {
    topicId: topic.topicId,
    partitions: topic.partitions.map(({ partition, leaderId, replicas, inSyncReplicas }) => {
      const [start, end] = [starts?.get(partition) ?? null, ends?.get(partition) ?? null]
      const records = start === null || end === null ? null : Math.max(0, end - start)
      return { ...{ partition, leader: leaderId, replicas, inSync: inSyncReplicas, start, end, records } }
    }),
    readers: readersOf(watch, name),
    bytes: watch.bytes.value?.get(name) ?? null,
    retentionMs: retention === undefined || retention === null ? null : Number(retention),
    cleanup: settings?.get('cleanup.policy') ?? null,
    inRates: watch.inHistory.of(name),
    outRates: watch.outHistory.of(name),
  }
}

function readersOf(watch: ClusterWatch, topic: string): readonly ReaderRow[] | null {
  const [committed, ends] = [watch.committed.value, watch.ends.value?.get(topic)]
  if (!committed || !ends) return null
  const states = new Map((watch.groups.value ?? []).map(({ group, state }) => [group, state]))
  return [...committed].flatMap(([group, topics]) => {
    const offsets = topics.get(topic)
    if (!offsets || offsets.size === 0) return []
    return [
      {
        group,
        state: states.get(group) ?? '-',
        partitions: offsets.size,
        lag: topicLag(offsets, ends, watch.starts.value?.get(topic)),
        history: watch.lagHistory.lastOf(group, historyPoints).map(({ value }) => value),
      },
    ]
  })
}
