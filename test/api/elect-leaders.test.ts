import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { electLeadersApi } from '../../src/protocol/messages/elect-leaders.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
})
afterEach(() => node.close())

for (let version = 0; version <= 2; version++) {
  test(`version ${version} tells for each partition that it needs no election, or that it is not there`, async () => {
    const topicPartitions = [
      { topic: 'orders', partitions: [0, 1, 7] },
      { topic: 'nowhere', partitions: [0] },
    ]
    const { errorCode, replicaElectionResults } = await node.call(electLeadersApi, version, { topicPartitions })
    expect(errorCode).toBe(ErrorCode.none)
    expect(
      replicaElectionResults.map(({ topic, partitionResult }) => [topic, partitionResult.map(one => one.errorCode)]),
    ).toEqual([
      ['orders', [ErrorCode.electionNotNeeded, ErrorCode.electionNotNeeded, ErrorCode.unknownTopicOrPartition]],
      ['nowhere', [ErrorCode.unknownTopicOrPartition]],
    ])
  })
}

test('who asks for all partitions hears only of those that were in need', async () => {
  const { replicaElectionResults } = await node.call(electLeadersApi, 2, { electionType: 1, topicPartitions: null })
  expect(replicaElectionResults).toEqual([{ topic: 'orders', partitionResult: [] }])
})

test('an unknown election type fails every partition', async () => {
  const topicPartitions = [{ topic: 'orders', partitions: [0] }]
  const answer = await node.call(electLeadersApi, 2, { electionType: 2, topicPartitions })
  expect(answer.errorCode).toBe(ErrorCode.invalidRequest)
  expect(answer.replicaElectionResults[0]!.partitionResult[0]!.errorCode).toBe(ErrorCode.invalidRequest)
})
