import { OperatorError } from '../base/errors.ts'
import type { ResponseOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { apiVersionsApi } from '../protocol/messages/api-versions.ts'
import { describeClusterApi } from '../protocol/messages/describe-cluster.ts'
import { describeLogDirsApi } from '../protocol/messages/describe-log-dirs.ts'
import type { BrokerAddress } from './address.ts'
import type { Cluster } from './cluster.ts'
import { checkCode, RequestError } from './failures.ts'

export interface BrokerDescription extends BrokerAddress {
  readonly broker: number
  readonly rack: string | null
  readonly isController: boolean
}

export interface ClusterDescription {
  readonly clusterId: string | null
  /** Node id of the controller, or of a broker that passes requests on to it. */
  readonly controller: number
  readonly brokers: readonly BrokerDescription[]
}

/** A cluster's brokers, by number. Throws `RequestError`. */
export async function describeCluster(cluster: Cluster): Promise<ClusterDescription> {
  const { clusterId, controllerId, brokers } = await cluster.metadata([])
  const racks = await racksOf(cluster)
  return {
    clusterId,
    controller: controllerId,
    brokers: [...brokers]
      .map(([broker, { host, port }]) => ({
        broker,
        host,
        port,
        rack: racks.get(broker) ?? null,
        isController: broker === controllerId,
      }))
      .toSorted((a, b) => a.broker - b.broker),
  }
}

/** Brokers before Kafka 2.8 do not know the question. */
async function racksOf(cluster: Cluster): Promise<ReadonlyMap<number, string | null>> {
  try {
    const answer = await cluster.askPersistently('any', describeClusterApi, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: false,
    })
    checkCode(answer.errorCode, 'the cluster', answer.errorMessage)
    return new Map(answer.brokers.map(({ brokerId, rack }) => [brokerId, rack]))
  } catch (error) {
    if (error instanceof RequestError && error.code === ErrorCode.unsupportedVersion) return new Map()
    throw error
  }
}

/** What a broker says it speaks: versions of APIs, and features. */
export type BrokerVersions = ResponseOf<typeof apiVersionsApi>

/** Asks one broker for its versions; it must answer, and is not asked again. Throws `ConnectionLostError`, `RequestError`. */
export async function brokerVersions(cluster: Cluster, broker: number): Promise<BrokerVersions> {
  const answer = await cluster.ask(broker, apiVersionsApi, {
    clientSoftwareName: 'streamctl',
    clientSoftwareVersion: '1',
  })
  checkCode(answer.errorCode, `broker ${broker}`)
  return answer
}

/** A broker's versions and how long the question took, or why it does not answer. */
export interface ProbedBroker {
  readonly answer: BrokerVersions | null
  /** Of the question alone, without what it takes to connect; to a tenth. */
  readonly latencyMs: number | null
  readonly failure: string | null
}

/** Asks a broker at its advertised address for its versions, and takes the time. */
export async function probeBroker(cluster: Cluster, broker: number): Promise<ProbedBroker> {
  const { clock } = cluster.env
  try {
    await cluster.connection(broker)
    const startMs = clock.monotonic()
    const answer = await brokerVersions(cluster, broker)
    return { answer, latencyMs: Math.round((clock.monotonic() - startMs) * 10) / 10, failure: null }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { answer: null, latencyMs: null, failure: error.message }
  }
}

/** A feature of a cluster: the level that holds, and what all brokers could do. */
export interface FeatureRow {
  readonly feature: string
  readonly level: number
  readonly min: number
  readonly max: number
}

/** The features that brokers tell of. */
export function featuresOf(versions: readonly BrokerVersions[]): readonly FeatureRow[] {
  const names = new Set(versions.flatMap(({ supportedFeatures }) => supportedFeatures.map(({ name }) => name)))
  const finalized = versions[0]?.finalizedFeatures ?? []
  return [...names].toSorted().map(feature => {
    const ranges = versions.flatMap(({ supportedFeatures }) => supportedFeatures.filter(({ name }) => name === feature))
    return {
      feature,
      level: finalized.find(({ name }) => name === feature)?.maxVersionLevel ?? 0,
      min: Math.max(...ranges.map(({ minVersion }) => minVersion)),
      max: Math.min(...ranges.map(({ maxVersion }) => maxVersion)),
    }
  })
}

/** Bytes on disk of one copy of each topic: for each partition that of its largest replica. Throws `RequestError`. */
export async function topicBytes(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  const { brokers } = await cluster.metadata([])
  const largest = new Map<string, Map<number, number>>()
  for (const broker of brokers.keys()) {
    const answer = await cluster.askPersistently(broker, describeLogDirsApi, { topics: null })
    checkCode(answer.errorCode, `log directories of broker ${broker}`)
    for (const { name, partitions } of answer.results.flatMap(({ topics }) => topics)) {
      const sizes = largest.get(name) ?? new Map<number, number>()
      largest.set(name, sizes)
      for (const { partitionIndex, partitionSize, isFutureKey } of partitions) {
        if (!isFutureKey) sizes.set(partitionIndex, Math.max(sizes.get(partitionIndex) ?? 0, partitionSize))
      }
    }
  }
  return new Map([...largest].map(([topic, sizes]) => [topic, sizes.values().reduce((sum, size) => sum + size, 0)]))
}

/** Names of APIs by their key, as far as we know them. */
export async function apiNames(): Promise<ReadonlyMap<number, string>> {
  // All messages together take time to load, which no other command needs.
  const { allApis } = await import('../protocol/messages/registry.ts')
  return new Map(allApis.map(({ key, name }) => [key, name]))
}
