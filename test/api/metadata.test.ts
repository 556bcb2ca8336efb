import { afterEach, expect, test } from 'vitest'
import type { RequestInput } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { metadataApi } from '../../src/protocol/messages/metadata.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

afterEach(() => node.close())

async function nodeWith(names: readonly string[], settings: Record<string, string> = {}): Promise<void> {
  node = await testNode({ settings })
  for (const name of names) await node.createTopic(name, { partitions: 2 })
}

type Request = Partial<RequestInput<typeof metadataApi>>

function metadata(version: number, names: readonly string[] | null, changes: Request = {}) {
  const topics = names?.map(name => ({ name, topicId: zeroUuid })) ?? null
  return node.call(metadataApi, version, { topics, allowAutoTopicCreation: true, ...changes })
}

for (let version = 0; version <= 13; version++) {
  test(`version ${version} describes the node and its topics`, async () => {
    await nodeWith(['orders', 'users'])
    const { brokers, topics } = await metadata(version, version === 0 ? [] : null)
    expect(brokers).toMatchObject([{ nodeId: 1, host: 'node.test', port: 9092 }])
    expect(topics.map(({ name }) => name)).toEqual(['orders', 'users'])
    expect(topics[0]!.partitions).toMatchObject([
      { errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] },
      { errorCode: 0, partitionIndex: 1, leaderId: 1, replicaNodes: [1], isrNodes: [1] },
    ])
  })
}

test('from version 1 on an empty list asks for no topics', async () => {
  await nodeWith(['orders'])
  expect((await metadata(1, [])).topics).toEqual([])
})

test('the node is the controller and tells its cluster id', async () => {
  await nodeWith([])
  expect(await metadata(2, null)).toMatchObject({ controllerId: 1, clusterId: node.services.node.clusterId })
})

test('a missing topic is created when request and broker allow it', async () => {
  await nodeWith([], { 'num.partitions': '3' })
  const { topics } = await metadata(9, ['fresh'])
  expect(topics).toMatchObject([{ errorCode: 0, name: 'fresh', isInternal: false }])
  expect(topics[0]!.partitions).toHaveLength(3)
  expect(node.services.topics.get('fresh')!.partitions).toHaveLength(3)
})

test('a missing topic is not created when the request does not allow it', async () => {
  await nodeWith([])
  const { topics } = await metadata(9, ['fresh'], { allowAutoTopicCreation: false })
  expect(topics).toMatchObject([{ errorCode: ErrorCode.unknownTopicOrPartition, name: 'fresh', partitions: [] }])
})

test('a missing topic is not created when the broker does not allow it', async () => {
  await nodeWith([], { 'auto.create.topics.enable': 'false' })
  const { topics } = await metadata(9, ['fresh'])
  expect(topics[0]!.errorCode).toBe(ErrorCode.unknownTopicOrPartition)
  expect(node.services.topics.get('fresh')).toBeUndefined()
})

test('a name that is not allowed leaves its neighbours unaffected', async () => {
  await nodeWith(['orders'])
  const { topics } = await metadata(9, ['bad name', 'orders'])
  expect(topics.map(({ errorCode, name }) => [errorCode, name])).toEqual([
    [ErrorCode.invalidTopicException, 'bad name'],
    [ErrorCode.none, 'orders'],
  ])
})

test('a name that differs from another only in dot and underscore is not created', async () => {
  await nodeWith(['a.b'])
  const { topics } = await metadata(9, ['a_b'])
  expect(topics[0]!.errorCode).toBe(ErrorCode.invalidTopicException)
})

test('from version 12 on topics can be named by id', async () => {
  await nodeWith(['orders'])
  const { id } = node.services.topics.get('orders')!
  const unknown = 'abcdefghijklmnopqrstuA'
  const byId = (topicId: string) => ({ name: null, topicId })
  const { topics } = await metadata(12, null, { topics: [byId(id), byId(unknown)] })
  expect(topics).toMatchObject([
    { errorCode: 0, name: 'orders', topicId: id },
    { errorCode: ErrorCode.unknownTopicId, name: null, topicId: unknown },
  ])
})

test('below version 12 an id is refused', async () => {
  await nodeWith(['orders'])
  const { id } = node.services.topics.get('orders')!
  const { topics } = await metadata(10, null, { topics: [{ name: 'orders', topicId: id }] })
  expect(topics[0]!.errorCode).toBe(ErrorCode.invalidRequest)
})

test('operations are told when they are asked for', async () => {
  await nodeWith(['orders'])
  const without = await metadata(8, ['orders'])
  expect(without.clusterAuthorizedOperations).toBe(-(2 ** 31))
  expect(without.topics[0]!.topicAuthorizedOperations).toBe(-(2 ** 31))
  const asked = { includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true }
  const { clusterAuthorizedOperations, topics } = await metadata(8, ['orders'], asked)
  expect(clusterAuthorizedOperations).toBe(0b1111110100000)
  expect(topics[0]!.topicAuthorizedOperations).toBe(0b110111111000)
})

test('internal topics are marked', async () => {
  await nodeWith(['__consumer_offsets'])
  expect((await metadata(1, null)).topics[0]!.isInternal).toBe(true)
})

test("Kafka's own topics are not created on demand", async () => {
  await nodeWith([])
  expect((await metadata(9, ['__consumer_offsets'])).topics[0]!.errorCode).toBe(ErrorCode.unknownTopicOrPartition)
})
