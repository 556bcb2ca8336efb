/** Pictures of sources as screens are told them, with names that try to break the layout. */
import type { ApplicationPicture } from '../../../src/tui/data/application-source.ts'
import type { ClusterPicture } from '../../../src/tui/data/cluster-source.ts'
import type { GroupRow } from '../../../src/tui/data/group-rows.ts'
import type { GroupPicture } from '../../../src/tui/data/group-source.ts'
import type { Setting } from '../../../src/tui/data/settings-source.ts'
import type { TopicPicture } from '../../../src/tui/data/topic-source.ts'
import type { TransactionRow } from '../../../src/tui/data/transactions-source.ts'

export const nowMs = 1_700_000_000_000
export const strange = '漢字-👍-\u001b[31m\n-größe'

const points = (...values: readonly number[]) =>
  values.map((value, at) => ({ atMs: nowMs - 10_000 * (values.length - at), value }))

export function groupRow(group: string, more: Partial<GroupRow> = {}): GroupRow {
  return {
    ...{ group, state: 'Stable', protocolType: 'consumer', coordinator: 1, members: 2, topics: 3, lag: 1_500 },
    ...{ history: [3_000, 2_000, 1_500], rate: 250, trend: -100, doneInMs: 15_000, isApplication: false },
    ...more,
  }
}

export function groupPicture(more: Partial<GroupPicture> = {}): GroupPicture {
  const member = { memberId: 'm-1', clientId: strange, clientHost: '/10.0.0.7', partitions: [] }
  return {
    ...{ group: 'billing', state: 'Stable', protocol: 'range', members: [member], lag: 60, lagMs: 65_000, rate: 12 },
    lags: points(100, 80, 60),
    partitions: [0, 1].map(partition => ({
      ...{ topic: 'web', partition, committed: 40, start: 0, end: 70, lag: 30, lost: partition, lagMs: 65_000 },
      ...{ memberId: 'm-1', clientId: strange, host: '10.0.0.7', history: [50, 40, 30], trend: -1 },
    })),
    ...more,
  }
}

export const clusterPicture: ClusterPicture = {
  ...{ clusterId: 'a1nxlhsxSjGMTueYORPxaQ', controller: 1, topics: 1_000, partitions: 3_000, leaderless: 2 },
  ...{ groups: 12, bytes: 5_000_000_000, inRates: points(1, 500, 20), outRates: points(0, 400) },
  features: [
    { feature: 'metadata.version', level: 25, min: 1, max: 29 },
    { feature: 'transaction.version', level: 2, min: 0, max: 2 },
  ],
  brokers: [1, 2].map(broker => ({
    ...{ broker, host: 'kafka.example.com', port: 9092, rack: strange, isController: broker === 1 },
    ...{ kafkaVersion: '4.2', latencyMs: broker === 1 ? 1.5 : null, history: [1, 2, 1.5], led: 10, replicas: 20 },
    ...{ outOfSync: 0, failure: broker === 2 ? 'kafka.example.com:9092: connection refused' : null },
  })),
}

export const topicPicture: TopicPicture = {
  topicId: 'x',
  partitions: [0, 1].map(partition => ({
    ...{ partition, leader: partition === 0 ? 1 : -1, replicas: [1, 2], inSync: [1], start: 5, end: 105, records: 100 },
  })),
  readers: [{ group: strange, state: 'Empty', partitions: 2, lag: 17, history: [1, 17] }],
  ...{ bytes: 4_096, retentionMs: 604_800_000, cleanup: 'delete', inRates: points(1, 5), outRates: [] },
}

export function setting(name: string, more: Partial<Setting> = {}): Setting {
  return {
    ...{ name, value: '604800000', source: 'topic', isSensitive: false, isReadOnly: false, type: 'long' },
    synonyms: [
      { name, value: '604800000', source: 'topic' },
      { name: `log.${name}`, value: '1', source: 'default' },
    ],
    documentation: `What ${strange} is for. `.repeat(30),
    ...more,
  }
}

export function transactionRow(transactionalId: string, more: Partial<TransactionRow> = {}): TransactionRow {
  return {
    ...{ transactionalId, producerId: 7, state: 'Ongoing', coordinator: 1, producerEpoch: 3, timeoutMs: 60_000 },
    ...{ startedAtMs: nowMs - 5_000, partitions: ['web [0]', `${strange} [1]`] },
    ...more,
  }
}

export const applicationPicture: ApplicationPicture = {
  state: 'Stable',
  instances: [
    {
      ...{ endpoint: '127.0.0.1:4000', host: '127.0.0.1', state: 'running', processing: 'exactly-once', threads: 2 },
      ...{ startedAtMs: nowMs - 90_000, rate: 1_234, commitP99: 12, failure: null },
    },
    {
      ...{ endpoint: '10.0.0.2:4000', host: '10.0.0.2', state: '-', processing: '-', threads: 0 },
      ...{ startedAtMs: null, rate: null, commitP99: null, failure: 'the instance cannot be asked' },
    },
  ],
  tasks: [
    {
      ...{ task: '0_0', state: 'running', partition: 0, thread: 0, lag: 5, restored: 1, recordsPerSecond: 99 },
      endpoint: '127.0.0.1:4000',
    },
  ],
  stores: [{ name: strange, kind: 'window', changelog: 'app-counts-changelog', partitions: 2 }],
  picture: [
    'sub-topology 0',
    '  (web) → source',
    `  └─ ${strange}`,
    ...Array.from({ length: 60 }, (_, at) => `  line ${at}`),
  ],
  lags: points(5, 4),
}
