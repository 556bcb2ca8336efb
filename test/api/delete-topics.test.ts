import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { deleteTopicsApi } from '../../src/protocol/messages/delete-topics.ts'
import { offsetCommitApi } from '../../src/protocol/messages/offset-commit.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  for (const name of ['orders', 'users', 'clicks']) await node.createTopic(name)
})
afterEach(() => node.close())

const named = (name: string) => ({ name, topicId: zeroUuid })
const byId = (topicId: string) => ({ name: null, topicId })

async function remove(version: number, topics: readonly { name: string | null; topicId: string }[]) {
  const topicNames = topics.map(({ name }) => name ?? '')
  return (await node.call(deleteTopicsApi, version, { topics, topicNames, timeoutMs: 1000 })).responses
}

const remaining = () => node.services.topics.all().map(({ name }) => name)

for (let version = 0; version <= 6; version++) {
  test(`version ${version} deletes topics by name, each by itself`, async () => {
    const responses = await remove(version, [named('orders'), named('nowhere'), named('users')])
    expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['orders', ErrorCode.none],
      ['nowhere', ErrorCode.unknownTopicOrPartition],
      ['users', ErrorCode.none],
    ])
    expect(remaining()).toEqual(['clicks'])
  })
}

test('a topic can be deleted by id', async () => {
  const { id } = node.services.topics.get('orders')!
  expect(await remove(6, [byId(id)])).toMatchObject([{ errorCode: 0, name: 'orders', topicId: id }])
  expect(remaining()).toEqual(['users', 'clicks'])
})

test('an unknown id is told apart', async () => {
  expect((await remove(6, [byId('abcdefghijklmnopqrstuA')]))[0]!.errorCode).toBe(ErrorCode.unknownTopicId)
})

test('a topic is named either by name or by id', async () => {
  const { id } = node.services.topics.get('orders')!
  const responses = await remove(6, [{ name: 'orders', topicId: id }, byId(zeroUuid)])
  expect(responses.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.invalidRequest, ErrorCode.invalidRequest])
  expect(remaining()).toHaveLength(3)
})

test('a topic that is named twice, by name and by id, is not deleted', async () => {
  const { id } = node.services.topics.get('orders')!
  const responses = await remove(6, [named('orders'), byId(id), named('users')])
  expect(responses.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.invalidRequest,
    ErrorCode.invalidRequest,
    ErrorCode.none,
  ])
  expect(remaining()).toEqual(['orders', 'clicks'])
})

test('the offsets that groups committed for the topic are forgotten', async () => {
  const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }]
  const topics = [{ name: 'orders', partitions }]
  await node.call(offsetCommitApi, 8, { groupId: 'readers', generationIdOrMemberEpoch: -1, memberId: '', topics })
  expect(node.services.groups.fetchOffsets('readers', null)).toHaveLength(1)
  await remove(6, [named('orders')])
  expect(node.services.groups.fetchOffsets('readers', null)).toEqual([])
})

test('deletion can be switched off', async () => {
  await node.close()
  node = await testNode({ settings: { 'delete.topic.enable': 'false' } })
  await node.createTopic('orders')
  expect((await remove(6, [named('orders')]))[0]!.errorCode).toBe(ErrorCode.topicDeletionDisabled)
  expect((await remove(2, [named('orders')]))[0]!.errorCode).toBe(ErrorCode.invalidRequest)
  expect(remaining()).toEqual(['orders'])
})
