import type { Cluster } from '../../client/cluster.ts'
import { topicBytes } from '../../client/cluster-admin.ts'
import { RequestError } from '../../client/failures.ts'
import { defineSource, type Source } from '../source.ts'

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

export const topicsSource = defineSource<Source, readonly TopicRow[]>(async ({ cluster, emit, signal, pause }) => {
  while (!signal.aborted) {
    const { topics } = await cluster.metadata(null)
    const sizes = await sizesOf(cluster)
    emit(
      topics.map(topic => ({
        name: topic.name,
        isInternal: topic.isInternal,
        partitions: topic.partitions.length,
        leaderless: topic.partitions.filter(({ leaderId }) => leaderId < 0).length,
        underReplicated: topic.partitions.filter(
          ({ replicas, inSyncReplicas }) => inSyncReplicas.length < replicas.length,
        ).length,
        records: null,
        bytes: sizes.get(topic.name) ?? null,
        inRate: null,
        outRate: null,
        history: [],
        skew: null,
        retentionMs: null,
        groups: null,
        lag: null,
      })),
    )
    await pause(2_000)
  }
})

async function sizesOf(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  try {
    return await topicBytes(cluster)
  } catch (error) {
    if (error instanceof RequestError) return new Map()
    throw error
  }
}
