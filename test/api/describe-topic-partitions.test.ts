import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeTopicPartitionsApi } from '../../src/protocol/messages/describe-topic-partitions.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('c', { partitions: 2 })
  await node.createTopic('a', { partitions: 3 })
  await node.createTopic('b', { partitions: 1 })
})
afterEach(() => node.close())

interface Page {
  readonly limit?: number
  readonly cursor?: { readonly topicName: string; readonly partitionIndex: number } | null
}

async function describe(names: readonly string[], { limit = 2000, cursor = null }: Page = {}) {
  const topics = names.map(name => ({ name }))
  const body = await node.call(describeTopicPartitionsApi, 0, { topics, responsePartitionLimit: limit, cursor })
  const found = body.topics.map(({ name, partitions }) => [
    name,
    partitions.map(({ partitionIndex }) => partitionIndex),
  ])
  return { ...body, found }
}

test('topics come in the order of their names, all of them when none is named', async () => {
  expect((await describe([])).found).toEqual([
    ['a', [0, 1, 2]],
    ['b', [0]],
    ['c', [0, 1]],
  ])
  expect((await describe(['c', 'b', 'c'])).found).toEqual([
    ['b', [0]],
    ['c', [0, 1]],
  ])
})

test('a page ends at the limit of partitions, and the next one starts there', async () => {
  const first = await describe([], { limit: 2 })
  expect(first.found).toEqual([['a', [0, 1]]])
  expect(first.nextCursor).toEqual({ topicName: 'a', partitionIndex: 2 })
  const second = await describe([], { limit: 2, cursor: first.nextCursor })
  expect(second.found).toEqual([
    ['a', [2]],
    ['b', [0]],
  ])
  expect(second.nextCursor).toEqual({ topicName: 'c', partitionIndex: 0 })
  const third = await describe([], { limit: 2, cursor: second.nextCursor })
  expect(third.found).toEqual([['c', [0, 1]]])
  expect(third.nextCursor).toBeNull()
})

test('a topic that does not exist leaves its neighbours unaffected', async () => {
  const { topics } = await describe(['b', 'nowhere', 'not allowed'])
  expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
    ['b', ErrorCode.none],
    ['not allowed', ErrorCode.invalidTopicException],
    ['nowhere', ErrorCode.unknownTopicOrPartition],
  ])
})

test('a cursor outside the topics that were asked for is refused', async () => {
  const { topics } = await describe(['b'], { cursor: { topicName: 'a', partitionIndex: 0 } })
  expect(topics[0]!.errorCode).toBe(ErrorCode.invalidRequest)
})
