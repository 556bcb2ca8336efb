import type { TopicMetadata } from '../../client/cluster.ts'
import {
  type BrokerDescription,
  describeCluster,
  type FeatureRow,
  featuresOf,
  probeBroker,
} from '../../client/cluster-admin.ts'
import { kafkaVersionOf } from '../../client/kafka-version.ts'
import { defineSource, type Source } from '../source.ts'
import { watchOf } from './cluster-watch.ts'
import type { Point } from './history.ts'

export interface BrokerRow extends BrokerDescription {
  readonly kafkaVersion: string | null
  /** Of a small question; null where it does not answer. */
  readonly latencyMs: number | null
  /** Latencies of the last samples, oldest first. */
  readonly history: readonly number[]
  readonly failure: string | null
  /** Partitions that it leads, and copies that it holds. */
  readonly led: number
  readonly replicas: number
  /** Copies that are not in sync. */
  readonly outOfSync: number
}

export interface ClusterPicture {
  readonly clusterId: string | null
  readonly controller: number
  readonly brokers: readonly BrokerRow[]
  readonly features: readonly FeatureRow[]
  readonly topics: number
  readonly partitions: number
  readonly leaderless: number
  readonly groups: number | null
  readonly bytes: number | null
  /** Records a second that come in, over all topics. */
  readonly inRates: readonly Point[]
  readonly outRates: readonly Point[]
}

const periodMs = 3_000
const historyPoints = 16

/** Brokers, versions and features of a cluster, again and again. Each broker is asked at its advertised address. */
export const clusterSource = defineSource<Source, ClusterPicture>(async ({ env, cluster, emit, signal, pause }) => {
  const watch = watchOf(env, cluster)
  const latencies = new Map<number, number[]>()
  while (!signal.aborted) {
    const { clusterId, controller, brokers } = await describeCluster(cluster)
    const [asked] = await Promise.all([
      Promise.all(brokers.map(({ broker }) => probeBroker(cluster, broker))),
      watch.metadata.fresh(),
    ])
    const topics = watch.metadata.value?.topics ?? []
    const rows = brokers.map((broker, at): BrokerRow => {
      const { answer, latencyMs, failure } = asked[at]!
      const history = [...(latencies.get(broker.broker) ?? []), latencyMs ?? 0].slice(-historyPoints)
      latencies.set(broker.broker, history)
      const kafkaVersion = answer ? kafkaVersionOf(answer.supportedFeatures) : null
      return { ...broker, ...partitionsOf(broker.broker, topics), kafkaVersion, latencyMs, history, failure }
    })
    const bytes = watch.bytes.value
    emit({
      ...{ clusterId, controller, brokers: rows },
      features: featuresOf(asked.flatMap(({ answer }) => (answer ? [answer] : []))),
      topics: topics.length,
      partitions: topics.reduce((sum, { partitions }) => sum + partitions.length, 0),
      leaderless: topics.reduce(
        (sum, topic) => sum + topic.partitions.filter(({ leaderId }) => leaderId < 0).length,
        0,
      ),
      groups: watch.groups.value?.length ?? null,
      bytes: bytes ? [...bytes.values()].reduce((sum, size) => sum + size, 0) : null,
      inRates: watch.inTotal.of(''),
      outRates: watch.outTotal.of(''),
    })
    await pause(periodMs)
  }
})

function partitionsOf(
  broker: number,
  topics: readonly TopicMetadata[],
): Pick<BrokerRow, 'led' | 'replicas' | 'outOfSync'> {
  let [led, replicas, outOfSync] = [0, 0, 0]
  for (const { partitions } of topics) {
    for (const partition of partitions) {
      if (partition.leaderId === broker) led++
      if (!partition.replicas.includes(broker)) continue
      replicas++
      if (!partition.inSyncReplicas.includes(broker)) outOfSync++
    }
  }
  return { led, replicas, outOfSync }
}
