import {
  apiNames,
  type BrokerVersions,
  describeCluster,
  type FeatureRow,
  featuresOf,
  probeBroker,
} from '../../client/cluster-admin.ts'
import { kafkaVersionOf } from '../../client/kafka-version.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { allTopicsTroubles } from '../admin/topics.ts'
import { facts, type Section, table } from '../table/table.ts'

export const clusterDescribeCommand = defineAdminCommand<{ readonly apis?: boolean }, []>({
  name: 'describe',
  summary: 'show the brokers of a cluster, its controller, versions and features',
  description:
    'Every broker is asked at its advertised address, so that one that cannot be reached from here is seen. The Kafka ' +
    'version is the newest metadata.version that a broker knows.\n\n' +
    'JSON fields: `cluster`, `controller`, `topics`, `partitions`, `leaderless`, `underReplicated`, `brokers` with ' +
    '`broker`, `host`, `port`, `rack`, `controller`, `kafkaVersion`, `latencyMs`, `failure`; `features` with `feature`, ' +
    '`level`, `min`, `max`; with --apis `apis` with `key`, `api`, `min`, `max`.',
  options: [{ flags: '--apis', help: 'also the versions of the protocol that all brokers speak' }],
  examples: [
    { command: 'streamctl cluster describe', does: 'brokers and features' },
    { command: 'streamctl cluster describe --format yaml', does: 'the same as YAML' },
    { command: 'streamctl cluster describe --apis', does: 'what clients can ask for' },
  ],
  run: async ({ cluster, report }, { apis }) => {
    const { clusterId, controller, brokers } = await describeCluster(cluster)
    const asked = await Promise.all(
      brokers.map(async broker => ({ broker, ...(await probeBroker(cluster, broker.broker)) })),
    )
    const versions = asked.flatMap(({ answer }) => (answer ? [answer] : []))
    const troubles = await allTopicsTroubles(cluster)
    const rows = asked.map(({ broker: { isController, ...broker }, answer, latencyMs, failure }) => ({
      ...broker,
      controller: isController,
      kafkaVersion: answer ? kafkaVersionOf(answer.supportedFeatures) : null,
      latencyMs,
      failure,
    }))
    const features = featuresOf(versions)
    const spoken = apis ? apisOf(versions, await apiNames()) : []
    report.thing(
      { cluster: clusterId, controller, ...troubles, brokers: rows, features, ...(apis ? { apis: spoken } : {}) },
      [
        facts([
          ['cluster', clusterId],
          ['controller', controller],
          ['topics', troubles.topics],
          ['partitions', troubles.partitions],
          ['leaderless', troubles.leaderless],
          ['under-replicated', troubles.underReplicated],
        ]),
        table(rows, [
          { title: 'BROKER', value: row => row.broker, as: 'number' },
          { title: 'ADDRESS', value: row => `${row.host}:${row.port}` },
          { title: 'RACK', value: row => row.rack },
          { title: 'CONTROLLER', value: row => row.controller },
          { title: 'KAFKA', value: row => row.kafkaVersion },
          { title: 'LATENCY', value: row => row.latencyMs, as: 'milliseconds' },
          { title: 'FAILURE', value: row => row.failure ?? '' },
        ]),
        ...(features.length > 0 ? [featureTable(features)] : []),
        ...(apis ? [apiTable(spoken)] : []),
      ],
    )
    return asked.some(({ failure }) => failure !== null) ? 1 : undefined
  },
})

interface ApiRow {
  readonly key: number
  readonly api: string | null
  readonly min: number
  readonly max: number
}

/** The APIs that every broker has, in the versions that all of them speak. */
function apisOf(versions: readonly BrokerVersions[], names: ReadonlyMap<number, string>): readonly ApiRow[] {
  return (versions[0]?.apiKeys ?? []).flatMap(({ apiKey }) => {
    const ranges = versions.flatMap(({ apiKeys }) => apiKeys.filter(other => other.apiKey === apiKey))
    if (ranges.length < versions.length) return []
    const min = Math.max(...ranges.map(({ minVersion }) => minVersion))
    const max = Math.min(...ranges.map(({ maxVersion }) => maxVersion))
    return [{ key: apiKey, api: names.get(apiKey) ?? null, min, max }]
  })
}

function featureTable(features: readonly FeatureRow[]): Section {
  return table(features, [
    { title: 'FEATURE', value: row => row.feature },
    { title: 'LEVEL', value: row => row.level, as: 'number' },
    { title: 'MIN', value: row => row.min, as: 'number' },
    { title: 'MAX', value: row => row.max, as: 'number' },
  ])
}

function apiTable(apis: readonly ApiRow[]): Section {
  return table(apis, [
    { title: 'KEY', value: row => row.key, as: 'number' },
    { title: 'API', value: row => row.api },
    { title: 'MIN', value: row => row.min, as: 'number' },
    { title: 'MAX', value: row => row.max, as: 'number' },
  ])
}
