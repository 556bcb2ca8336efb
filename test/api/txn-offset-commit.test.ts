import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { offsetFetchApi } from '../../src/protocol/messages/offset-fetch.ts'
import { txnOffsetCommitApi } from '../../src/protocol/messages/txn-offset-commit.ts'
import type { OffsetsAdmission } from '../../src/transaction/admission.ts'
import { commitTo, soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode
let admitted: OffsetsAdmission[]

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
  admitted = []
  vi.spyOn(node.services.transactions, 'admitOffsets').mockImplementation(request => void admitted.push(request))
})
afterEach(() => node.close())

const producer = { transactionalId: 't', producerId: 7, producerEpoch: 3 }
const nobody = { ...producer, groupId: 'g' }
const offset = (partitionIndex: number) => ({ partitionIndex, committedOffset: 7, committedMetadata: null })
const topics = [
  { name: 'orders', partitions: [offset(0), offset(2), offset(1), offset(-1)] },
  { name: 'nowhere', partitions: [offset(0)] },
]
const missing = ErrorCode.unknownTopicOrPartition

type Answer = { readonly topics: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[] }
const codesIn = (answer: Answer) => answer.topics.flatMap(topic => topic.partitions.map(({ errorCode }) => errorCode))
const end = (committed: boolean) => node.services.groups.endTransaction({ producerId: 7, committed })

for (let version = 0; version <= 5; version++) {
  test(`version ${version} keeps the offsets of partitions that exist`, async () => {
    const answer = await node.call(txnOffsetCommitApi, version, { ...nobody, topics })
    expect(answer.topics.map(({ name }) => name)).toEqual(['orders', 'nowhere'])
    expect(codesIn(answer)).toEqual([missing, missing, ErrorCode.none, ErrorCode.none, missing])
    end(true)
    await node.until(node.services.groups.deleteOffsets('g', []))
    const committed = node.services.groups.fetchOffsets('g', null)[0]?.partitions
    expect(committed?.map(({ partitionIndex }) => partitionIndex)).toEqual([0, 1])
  })

  test(`version ${version} asks the transaction first, with what the version says of the client`, async () => {
    await node.call(txnOffsetCommitApi, version, { ...nobody, topics })
    const generation = { implicit: version >= 5, knowsAbortable: version >= 4 }
    expect(admitted).toEqual([{ ...producer, groupId: 'g', ...generation }])
  })

  test(`version ${version} refuses the partitions that exist when the transaction refuses`, async () => {
    vi.spyOn(node.services.transactions, 'admitOffsets').mockImplementation(() => {
      throw new KafkaError(ErrorCode.invalidProducerEpoch)
    })
    const answer = await node.call(txnOffsetCommitApi, version, { ...nobody, topics })
    const refused = ErrorCode.invalidProducerEpoch
    expect(codesIn(answer)).toEqual([missing, missing, refused, refused, missing])
    expect(node.services.groups.list()).toEqual([])
  })
}

test('a request without any partition that exists asks nobody', async () => {
  const answer = await node.call(txnOffsetCommitApi, 3, { ...nobody, topics: [{ ...topics[1]! }] })
  expect(codesIn(answer)).toEqual([missing])
  expect(admitted).toEqual([])
})

for (let version = 3; version <= 5; version++) {
  test(`version ${version} checks the member`, async () => {
    const { memberId, generationId } = await soleMember(node)
    const commit = async (changes: { memberId?: string; generationId?: number; groupInstanceId?: string }) => {
      const request = { ...nobody, memberId, generationId, ...changes }
      return codesIn(await node.call(txnOffsetCommitApi, version, { ...request, topics: [topics[0]!] })).at(-1)
    }
    expect(await commit({})).toBe(ErrorCode.none)
    expect(await commit({ generationId: generationId - 1 })).toBe(ErrorCode.illegalGeneration)
    expect(await commit({ memberId: 'stranger' })).toBe(ErrorCode.unknownMemberId)
    expect(await commit({ groupInstanceId: 'stranger' })).toBe(ErrorCode.unknownMemberId)
  })
}

test('readers that require stable offsets wait for the end of the transaction', async () => {
  await commitTo(node, 'g', 'orders')
  await node.call(txnOffsetCommitApi, 3, { ...nobody, topics: [topics[0]!] })
  const named = { name: 'orders', topicId: node.services.topics.get('orders')?.id ?? '', partitionIndexes: [0] }
  const fetch = async (version: number, requireStable: boolean) => {
    const request = { groupId: 'g', topics: [named], groups: [{ groupId: 'g', topics: [named] }], requireStable }
    const answer = await node.call(offsetFetchApi, version, request)
    return (version < 8 ? answer : answer.groups[0])?.topics[0]?.partitions
  }
  const undecided = [{ partitionIndex: 0, committedOffset: -1, errorCode: ErrorCode.unstableOffsetCommit }]
  for (let version = 7; version <= 10; version++) {
    expect(await fetch(version, true), `version ${version}`).toMatchObject(undecided)
    expect(await fetch(version, false), `version ${version}`).toMatchObject([{ committedOffset: 5, errorCode: 0 }])
  }
})

for (let version = 8; version <= 10; version++) {
  test(`OffsetFetch v${version} for all topics refuses only what is undecided`, async () => {
    await commitTo(node, 'g', 'orders')
    await commitTo(node, 'h', 'orders')
    await node.call(txnOffsetCommitApi, 3, { ...nobody, topics: [topics[0]!] })
    const groups = [
      { groupId: 'g', topics: null },
      { groupId: 'h', topics: null },
    ]
    const answer = await node.call(offsetFetchApi, version, { groups, requireStable: true })
    const codes = answer.groups.map(group => codesIn(group))
    expect(codes).toEqual([[ErrorCode.unstableOffsetCommit], [ErrorCode.none]])
  })
}
