import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { offsetCommitApi } from '../../src/protocol/messages/offset-commit.ts'
import { soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
})
afterEach(() => node.close())

const nobody = { groupId: 'g', memberId: '', generationIdOrMemberEpoch: -1 }
const offset = (partitionIndex: number) => ({ partitionIndex, committedOffset: 7, committedMetadata: null })

/** `orders` with a partition too many, and a topic that does not exist. */
function mixedTopics(version: number) {
  const topicId = version >= 10 ? (node.services.topics.get('orders')?.id ?? '') : zeroUuid
  return [
    { name: 'orders', topicId, partitions: [offset(0), offset(2), offset(1), offset(-1)] },
    { name: 'nowhere', topicId: version >= 10 ? 'abcdefghijklmnopqrstuA' : zeroUuid, partitions: [offset(0)] },
  ]
}

const fetched = () =>
  node.services.groups.fetchOffsets('g', null).map(({ partitions }) => partitions.map(p => p.partitionIndex))

for (let version = 0; version <= 10; version++) {
  test(`version ${version} commits to the partitions that exist`, async () => {
    const request = { ...nobody, topics: mixedTopics(version) }
    const { topics } = await node.call(offsetCommitApi, version, request)
    const codes = topics.map(({ partitions }) =>
      Object.fromEntries(partitions.map(p => [p.partitionIndex, p.errorCode])),
    )
    const missing = ErrorCode.unknownTopicOrPartition
    expect(codes).toEqual([
      { 0: ErrorCode.none, 1: ErrorCode.none, 2: missing, [-1]: missing },
      { 0: version >= 10 ? ErrorCode.unknownTopicId : missing },
    ])
    expect(topics[0]).toMatchObject(version >= 10 ? { topicId: request.topics[0]?.topicId } : { name: 'orders' })
    expect(fetched()).toEqual([[0, 1]])
  })
}

for (let version = 1; version <= 10; version++) {
  test(`version ${version} refuses every partition that exists when a commit is refused as a whole`, async () => {
    const { memberId } = await soleMember(node)
    const request = { groupId: 'g', memberId, generationIdOrMemberEpoch: 9, topics: mixedTopics(version) }
    const { topics } = await node.call(offsetCommitApi, version, request)
    const codes = topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
    const missing = ErrorCode.unknownTopicOrPartition
    const refused = ErrorCode.illegalGeneration
    expect(codes).toEqual([missing, missing, refused, refused, version >= 10 ? ErrorCode.unknownTopicId : missing])
    expect(fetched()).toEqual([])
  })
}

test('a topic that is named twice is committed to twice, the last one counts', async () => {
  const topics = [offset(0), { ...offset(0), committedOffset: 8 }].map(partition => ({
    name: 'orders',
    partitions: [partition],
  }))
  const answer = await node.call(offsetCommitApi, 9, { ...nobody, topics })
  expect(answer.topics).toHaveLength(2)
  const [topic] = node.services.groups.fetchOffsets('g', null)
  expect(topic?.partitions).toMatchObject([{ partitionIndex: 0, committedOffset: 8 }])
})
