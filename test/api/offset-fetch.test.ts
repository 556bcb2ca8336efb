import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { offsetFetchApi } from '../../src/protocol/messages/offset-fetch.ts'
import { commitTo } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
  await node.createTopic('payments')
  await commitTo(node, 'g', 'orders')
  await commitTo(node, 'h', 'orders', 'payments')
})
afterEach(() => node.close())

const committed = { partitionIndex: 0, committedOffset: 5, metadata: 'm', errorCode: ErrorCode.none }
const nothing = (partitionIndex: number) => ({
  partitionIndex,
  committedOffset: -1,
  committedLeaderEpoch: -1,
  metadata: '',
  errorCode: ErrorCode.none,
})
const idOf = (name: string): string => node.services.topics.get(name)?.id ?? ''

for (let version = 0; version <= 7; version++) {
  test(`version ${version} fetches the offsets of some partitions`, async () => {
    const topics = [
      { name: 'orders', partitionIndexes: [0, 1] },
      { name: 'nowhere', partitionIndexes: [0] },
    ]
    const answer = await node.call(offsetFetchApi, version, { groupId: 'g', topics })
    expect(answer.errorCode).toBe(ErrorCode.none)
    expect(answer.topics).toMatchObject([
      { name: 'orders', partitions: [{ ...committed, committedLeaderEpoch: version >= 5 ? 2 : -1 }, nothing(1)] },
      { name: 'nowhere', partitions: [nothing(0)] },
    ])
  })
}

for (let version = 2; version <= 7; version++) {
  test(`version ${version} fetches all offsets of a group`, async () => {
    const { topics } = await node.call(offsetFetchApi, version, { groupId: 'h', topics: null })
    expect(topics.map(({ name }) => name)).toEqual(['orders', 'payments'])
    expect((await node.call(offsetFetchApi, version, { groupId: 'x', topics: null })).topics).toEqual([])
  })
}

for (let version = 8; version <= 10; version++) {
  test(`version ${version} fetches for several groups`, async () => {
    const byId = version >= 10
    const topic = { name: 'orders', topicId: idOf('orders'), partitionIndexes: [0, 1] }
    const { groups } = await node.call(offsetFetchApi, version, {
      groups: [
        { groupId: 'g', topics: [topic] },
        { groupId: 'h', topics: null },
        { groupId: 'x', topics: [topic] },
      ],
    })
    const named = (name: string) => (byId ? { topicId: idOf(name) } : { name })
    expect(groups).toMatchObject([
      { groupId: 'g', errorCode: 0, topics: [{ ...named('orders'), partitions: [committed, nothing(1)] }] },
      { groupId: 'h', errorCode: 0, topics: [named('orders'), named('payments')] },
      { groupId: 'x', errorCode: 0, topics: [{ ...named('orders'), partitions: [nothing(0), nothing(1)] }] },
    ])
  })
}

test('a topic id that is not known is an error of each partition', async () => {
  const topics = ['abcdefghijklmnopqrstuA', zeroUuid].map(topicId => ({ topicId, partitionIndexes: [0] }))
  const { groups } = await node.call(offsetFetchApi, 10, { groups: [{ groupId: 'g', topics }] })
  const unknown = { ...nothing(0), errorCode: ErrorCode.unknownTopicId }
  expect(groups[0]?.topics).toMatchObject(topics.map(({ topicId }) => ({ topicId, partitions: [unknown] })))
})

test('a closed coordinator is an error wherever the version has a place for it', async () => {
  node.services.groups.close()
  const errorCode = ErrorCode.coordinatorNotAvailable
  const topics = [{ name: 'orders', partitionIndexes: [0] }]
  const old = await node.call(offsetFetchApi, 1, { groupId: 'g', topics })
  expect(old.topics[0]?.partitions).toMatchObject([{ committedOffset: -1, errorCode }])
  expect(await node.call(offsetFetchApi, 7, { groupId: 'g', topics })).toMatchObject({ errorCode })
  const { groups } = await node.call(offsetFetchApi, 8, { groups: [{ groupId: 'g', topics: null }] })
  expect(groups).toMatchObject([{ groupId: 'g', errorCode }])
})
