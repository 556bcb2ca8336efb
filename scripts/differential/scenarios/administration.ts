import { alterClientQuotasApi } from '../../../src/protocol/messages/alter-client-quotas.ts'
import { alterPartitionReassignmentsApi } from '../../../src/protocol/messages/alter-partition-reassignments.ts'
import { describeClientQuotasApi } from '../../../src/protocol/messages/describe-client-quotas.ts'
import { describeConfigsApi } from '../../../src/protocol/messages/describe-configs.ts'
import { electLeadersApi } from '../../../src/protocol/messages/elect-leaders.ts'
import { incrementalAlterConfigsApi } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import { listPartitionReassignmentsApi } from '../../../src/protocol/messages/list-partition-reassignments.ts'
import { updateFeaturesApi } from '../../../src/protocol/messages/update-features.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { createTopic } from './topics.ts'

/** Kafka's numbers of resource types. */
const resource = { topic: 2, broker: 4, metrics: 16, group: 32 } as const

type Operation = readonly [name: string, configOperation: number, value: string | null]

function alter(
  target: Target,
  step: string,
  resourceType: number,
  resourceName: string,
  operations: readonly Operation[],
  validateOnly = false,
) {
  const configs = operations.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  return target.ask(step, incrementalAlterConfigsApi, 1, {
    resources: [{ resourceType, resourceName, configs }],
    validateOnly,
  })
}

const topicAlterations: readonly (readonly Operation[])[] = [
  [['retention.ms', 0, '1000']],
  [['retention.ms', 0, 'soon']],
  [
    ['retention.ms', 0, '1'],
    ['retention.ms', 0, '2'],
  ],
  [['cleanup.policy', 2, 'compact']],
  [['cleanup.policy', 3, 'delete']],
  [['retention.ms', 2, '5']],
  [['retention.ms', 1, null]],
  [['retention.ms', 0, null]],
  [['no.such.setting', 0, '1']],
  [['no.such.setting', 1, null]],
  [['max.message.bytes', 7, '1']],
  [['min.insync.replicas', 0, '0']],
]

export const administration: Scenario = {
  name: 'administration',
  about: 'settings, quotas, elections, reassignments and features, with what is refused',
  async run(target) {
    const topic = await createTopic(target, 'administered', 2)
    for (const operations of topicAlterations)
      await alter(target, JSON.stringify(operations), resource.topic, topic, operations)
    await alter(target, 'only to see', resource.topic, topic, [['retention.ms', 0, '7']], true)
    await alter(target, 'a topic that is not there', resource.topic, target.name('nothing'), [['retention.ms', 0, '7']])
    for (const [type, name] of [
      [resource.broker, 'abc'],
      [resource.broker, '77'],
      [3, 'x'],
      [0, 'x'],
    ] as const)
      await alter(target, `resource ${type} '${name}'`, type, name, [['retention.ms', 0, '7']])
    await described(target, topic)
    await quotas(target)
    await leaders(target, topic)
    await features(target)
  },
}

async function described(target: Target, topic: string): Promise<void> {
  const keys = [
    'retention.ms',
    'cleanup.policy',
    'no.such.setting',
    'max.message.bytes',
    'compression.type',
    'segment.bytes',
  ]
  const ask = (step: string, resourceType: number, resourceName: string, configurationKeys: readonly string[] | null) =>
    target.ask(step, describeConfigsApi, 4, {
      resources: [{ resourceType, resourceName, configurationKeys }],
      includeSynonyms: true,
      includeDocumentation: false,
    })
  await ask('some settings of a topic', resource.topic, topic, keys)
  await ask('all settings of a topic', resource.topic, topic, null)
  await ask('no settings', resource.topic, topic, [])
  await ask('a topic that is not there', resource.topic, target.name('nothing'), keys)
  await ask('all settings of the brokers', resource.broker, '', null)
  for (const name of ['abc', '77']) await ask(`broker '${name}'`, resource.broker, name, keys)
  await ask('a group', resource.group, target.name('group'), null)
  await ask('a subscription of metrics', resource.metrics, target.name('metrics'), null)
}

type Entity = readonly (readonly [entityType: string, entityName: string | null])[]

async function quotas(target: Target): Promise<void> {
  const set = (step: string, entity: Entity, key: string, value: number, remove = false) =>
    target.ask(step, alterClientQuotasApi, 1, {
      entries: [
        {
          entity: entity.map(([entityType, entityName]) => ({ entityType, entityName })),
          ops: [{ key, value, remove }],
        },
      ],
      validateOnly: false,
    })
  const client = target.name('client')
  await set('of a client', [['client-id', client]], 'producer_byte_rate', 1e9)
  await set(
    'of a user and a client',
    [
      ['user', client],
      ['client-id', client],
    ],
    'consumer_byte_rate',
    1e9,
  )
  await set('below zero', [['client-id', client]], 'producer_byte_rate', -5)
  await set('half a byte', [['client-id', client]], 'producer_byte_rate', 0.5)
  await set('what is no quota', [['client-id', client]], 'lunch_rate', 5)
  await set('of an unknown kind', [['colour', client]], 'producer_byte_rate', 5)
  await set('of nobody', [], 'producer_byte_rate', 5)
  await set(
    'of nobody of a kind twice',
    [
      ['client-id', client],
      ['client-id', 'b'],
    ],
    'producer_byte_rate',
    5,
  )
  const ask = (step: string, components: Parameters<typeof component>[0][], strict: boolean) =>
    target.ask(step, describeClientQuotasApi, 1, { components: components.map(component), strict })
  await ask('of the client', [['client-id', 0, client]], false)
  await ask('of the client alone', [['client-id', 0, client]], true)
  await ask(
    'of the client and any user',
    [
      ['client-id', 0, client],
      ['user', 2, null],
    ],
    true,
  )
  await ask('of an unknown kind', [['colour', 0, 'red']], false)
  await ask(
    'of a kind twice',
    [
      ['user', 0, 'a'],
      ['user', 0, 'b'],
    ],
    false,
  )
  await set('take away', [['client-id', client]], 'producer_byte_rate', 0, true)
  await set(
    'take away the other',
    [
      ['user', client],
      ['client-id', client],
    ],
    'consumer_byte_rate',
    0,
    true,
  )
}

function component([entityType, matchType, match]: readonly [string, number, string | null]) {
  return { entityType, matchType, match }
}

async function leaders(target: Target, topic: string): Promise<void> {
  for (const electionType of [0, 1, 7])
    await target.ask(`election of kind ${electionType}`, electLeadersApi, 2, {
      electionType,
      topicPartitions: [
        { topic, partitions: [0, 9] },
        { topic: target.name('nothing'), partitions: [0] },
      ],
    })
  await target.ask('reassignments', listPartitionReassignmentsApi, 0, {
    topics: [{ name: topic, partitionIndexes: [0, 9] }],
  })
  for (const replicas of [null, [], [1, 1], [77], [-1]])
    await target.ask(`reassign to ${JSON.stringify(replicas)}`, alterPartitionReassignmentsApi, 0, {
      topics: [
        {
          name: topic,
          partitions: [
            { partitionIndex: 0, replicas },
            { partitionIndex: 9, replicas },
          ],
        },
      ],
    })
}

async function features(target: Target): Promise<void> {
  const update = (feature: string, maxVersionLevel: number, upgradeType = 1, version = 1) =>
    target.ask(`${feature} to ${maxVersionLevel}`, updateFeaturesApi, version, {
      featureUpdates: [{ feature, maxVersionLevel, upgradeType }],
      validateOnly: true,
    })
  await update('no.such.feature', 1)
  await update('transaction.version', 2)
  await update('transaction.version', 99)
  await update('transaction.version', -1)
  await update('transaction.version', 1, 3)
  await update('transaction.version', 1, 7)
  await update('transaction.version', 99, 1, 2)
}
