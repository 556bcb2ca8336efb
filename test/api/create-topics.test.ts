import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RequestInput } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode({ settings: { 'num.partitions': '4' } })
  await node.createTopic('taken')
})
afterEach(() => node.close())

type Wanted = RequestInput<typeof createTopicsApi>['topics'][number]

function wanted(name: string, changes: Partial<Wanted> = {}): Wanted {
  return { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [], ...changes }
}

async function create(version: number, topics: readonly Wanted[], validateOnly = false) {
  return (await node.call(createTopicsApi, version, { topics, timeoutMs: 1000, validateOnly })).topics
}

async function errorOf(changes: Partial<Wanted>): Promise<number> {
  return (await create(7, [wanted('fresh', changes)]))[0]!.errorCode
}

const names = () => node.services.topics.all().map(({ name }) => name)

test('topics that Kafka keeps for itself cannot be created', async () => {
  const reserved = ['__consumer_offsets', '__transaction_state', '__share_group_state', '__cluster_metadata']
  const created = await create(
    7,
    [...reserved, '__mine'].map(name => wanted(name)),
  )
  expect(created.map(({ errorCode }) => errorCode)).toEqual([
    ...reserved.map(() => ErrorCode.invalidTopicException),
    ErrorCode.none,
  ])
  expect(created[0]!.errorMessage).toContain('reserved')
  expect(names()).toEqual(['taken', '__mine'])
})

for (let version = 0; version <= 7; version++) {
  test(`version ${version} creates topics, each by itself`, async () => {
    const topics = [
      wanted('a'),
      wanted('taken'),
      wanted('not allowed'),
      wanted('b', { replicationFactor: 3 }),
      wanted('c'),
    ]
    const results = await create(version, topics)
    expect(results.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['a', ErrorCode.none],
      ['taken', ErrorCode.topicAlreadyExists],
      ['not allowed', ErrorCode.invalidTopicException],
      ['b', ErrorCode.invalidReplicationFactor],
      ['c', ErrorCode.none],
    ])
    expect(names()).toEqual(['taken', 'a', 'c'])
    expect(node.services.topics.get('a')!.partitions).toHaveLength(2)
  })
}

test('from version 5 on the result tells what was created, with all settings; from 7 on the id', async () => {
  const configs = [{ name: 'retention.ms', value: '1000' }]
  const [created] = await create(7, [wanted('fresh', { configs })])
  expect(created).toMatchObject({ numPartitions: 2, replicationFactor: 1 })
  expect(created!.topicId).toBe(node.services.topics.get('fresh')!.id)
  const entry = (name: string) => created!.configs!.find(config => config.name === name)
  expect(entry('retention.ms')).toMatchObject({ value: '1000', configSource: 1, readOnly: false })
  expect(entry('cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5 })
  expect(node.services.topics.get('fresh')!.settings['retention.ms']).toBe(1000)
})

test('-1 stands for the default number of partitions and replicas', async () => {
  expect(await errorOf({ numPartitions: -1, replicationFactor: -1 })).toBe(ErrorCode.none)
  expect(node.services.topics.get('fresh')!.partitions).toHaveLength(4)
})

test.each([
  ['no partitions', { numPartitions: 0 }, ErrorCode.invalidPartitions],
  ['fewer partitions than none', { numPartitions: -2 }, ErrorCode.invalidPartitions],
  ['no replicas', { replicationFactor: 0 }, ErrorCode.invalidReplicationFactor],
  ['more replicas than nodes', { replicationFactor: 2 }, ErrorCode.invalidReplicationFactor],
  ['a setting that is not known', { configs: [{ name: 'retention', value: '1' }] }, ErrorCode.invalidConfig],
  ['a value that is not taken', { configs: [{ name: 'retention.ms', value: 'long' }] }, ErrorCode.invalidConfig],
  ['a setting without value', { configs: [{ name: 'retention.ms', value: null }] }, ErrorCode.invalidConfig],
])('%s: refused', async (_, changes, errorCode) => {
  expect(await errorOf(changes)).toBe(errorCode)
  expect(names()).toEqual(['taken'])
})

test('that a topic exists is told before what else is wrong', async () => {
  const [result] = await create(7, [wanted('taken', { replicationFactor: 3, numPartitions: 0 })])
  expect(result!.errorCode).toBe(ErrorCode.topicAlreadyExists)
})

test('validation alone creates nothing and finds the same faults', async () => {
  const results = await create(7, [wanted('fresh'), wanted('taken'), wanted('x', { replicationFactor: 2 })], true)
  expect(results.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.none,
    ErrorCode.topicAlreadyExists,
    ErrorCode.invalidReplicationFactor,
  ])
  expect(results[0]!.topicId).toBe(zeroUuid)
  expect(names()).toEqual(['taken'])
})

test('a topic that is named twice is not created', async () => {
  const results = await create(7, [wanted('twice'), wanted('once'), wanted('twice')])
  expect(results.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ['twice', ErrorCode.invalidRequest],
    ['once', ErrorCode.none],
  ])
  expect(names()).toEqual(['taken', 'once'])
})

const assigned = (...places: readonly [partitionIndex: number, ...brokerIds: number[]][]): Partial<Wanted> => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: places.map(([partitionIndex, ...brokerIds]) => ({ partitionIndex, brokerIds })),
})

test('partitions can be assigned to this node by hand', async () => {
  expect(await errorOf(assigned([1, 1], [0, 1], [2, 1]))).toBe(ErrorCode.none)
  expect(node.services.topics.get('fresh')!.partitions).toHaveLength(3)
})

test.each([
  ['another broker', assigned([0, 2]), ErrorCode.invalidReplicaAssignment],
  ['a broker twice', assigned([0, 1, 1]), ErrorCode.invalidReplicaAssignment],
  ['no broker', assigned([0]), ErrorCode.invalidReplicaAssignment],
  ['a partition left out', assigned([0, 1], [2, 1]), ErrorCode.invalidReplicaAssignment],
  ['a partition twice', assigned([0, 1], [0, 1]), ErrorCode.invalidReplicaAssignment],
  ['with a number of partitions', { ...assigned([0, 1]), numPartitions: 1 }, ErrorCode.invalidRequest],
  ['with a replication factor', { ...assigned([0, 1]), replicationFactor: 1 }, ErrorCode.invalidRequest],
])('assignment by hand, %s: refused', async (_, changes, errorCode) => {
  expect(await errorOf(changes)).toBe(errorCode)
})

test('a request that wants more than 10,000 partitions is refused as a whole', async () => {
  const results = await create(7, [wanted('a', { numPartitions: 6000 }), wanted('b', { numPartitions: 6000 })])
  expect(results.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.policyViolation, ErrorCode.policyViolation])
})
