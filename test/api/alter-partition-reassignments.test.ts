import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { alterPartitionReassignmentsApi } from '../../src/protocol/messages/alter-partition-reassignments.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
})
afterEach(() => node.close())

const wishes: readonly [topic: string, partitionIndex: number, replicas: number[] | null, errorCode: number][] = [
  ['orders', 0, [1], ErrorCode.none],
  ['orders', 0, null, ErrorCode.noReassignmentInProgress],
  ['orders', 0, [], ErrorCode.invalidReplicaAssignment],
  ['orders', 0, [2], ErrorCode.invalidReplicaAssignment],
  ['orders', 0, [1, 2], ErrorCode.invalidReplicaAssignment],
  ['orders', 0, [1, 1], ErrorCode.invalidReplicaAssignment],
  ['orders', 9, [1], ErrorCode.unknownTopicOrPartition],
  ['nowhere', 0, null, ErrorCode.unknownTopicOrPartition],
]

for (let version = 0; version <= 1; version++) {
  test(`version ${version}: a partition can only be where it is; each is answered by itself`, async () => {
    const topics = wishes.map(([name, partitionIndex, replicas]) => ({
      name,
      partitions: [{ partitionIndex, replicas }],
    }))
    const answer = await node.call(alterPartitionReassignmentsApi, version, { topics })
    expect(answer.errorCode).toBe(ErrorCode.none)
    expect(answer.responses.map(({ partitions }) => partitions[0]!.errorCode)).toEqual(
      wishes.map(([, , , code]) => code),
    )
  })
}

test('version 1 tells whether the number of replicas was allowed to change', async () => {
  const request = { allowReplicationFactorChange: false, topics: [] }
  const answer = await node.call(alterPartitionReassignmentsApi, 1, request)
  expect(answer.allowReplicationFactorChange).toBe(false)
})
