import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { offsetDeleteApi } from '../../src/protocol/messages/offset-delete.ts'
import { commitTo, soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
  await node.createTopic('payments')
})
afterEach(() => node.close())

const topics = ['orders', 'payments', 'nowhere'].map(name => ({
  name,
  partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }],
}))

test('offsets of partitions that exist are deleted, committed or not', async () => {
  await commitTo(node, 'g', 'orders')
  const answer = await node.call(offsetDeleteApi, 0, { groupId: 'g', topics })
  const missing = { partitionIndex: 1, errorCode: ErrorCode.unknownTopicOrPartition }
  const deleted = { partitionIndex: 0, errorCode: ErrorCode.none }
  expect(answer).toEqual({
    errorCode: ErrorCode.none,
    throttleTimeMs: 0,
    topics: [
      { name: 'orders', partitions: [missing, deleted] },
      { name: 'payments', partitions: [missing, deleted] },
      { name: 'nowhere', partitions: [{ ...missing, partitionIndex: 0 }, missing] },
    ],
  })
  expect(node.services.groups.fetchOffsets('g', null)).toEqual([])
})

test('offsets of topics that the group reads are kept', async () => {
  await commitTo(node, 'g', 'orders', 'payments')
  await soleMember(node)
  const answer = await node.call(offsetDeleteApi, 0, { groupId: 'g', topics: topics.slice(0, 2) })
  expect(answer.topics.map(({ partitions }) => partitions[1]?.errorCode)).toEqual([
    ErrorCode.groupSubscribedToTopic,
    ErrorCode.none,
  ])
  expect(node.services.groups.fetchOffsets('g', null).map(({ name }) => name)).toEqual(['orders'])
})

test('a group that is not there is an error of the request', async () => {
  const answer = await node.call(offsetDeleteApi, 0, { groupId: 'x', topics })
  expect(answer).toEqual({ errorCode: ErrorCode.groupIdNotFound, throttleTimeMs: 0, topics: [] })
})
