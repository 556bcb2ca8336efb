import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeQuorumApi } from '../../src/protocol/messages/describe-quorum.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const metadata = (...indexes: number[]) => ({
  topicName: '__cluster_metadata',
  partitions: indexes.map(partitionIndex => ({ partitionIndex })),
})

for (let version = 0; version <= 2; version++) {
  test(`version ${version} shows one voter, which leads`, async () => {
    const { errorCode, topics, nodes } = await node.call(describeQuorumApi, version, { topics: [metadata(0)] })
    expect(errorCode).toBe(ErrorCode.none)
    expect(topics[0]!.partitions).toMatchObject([
      { errorCode: 0, leaderId: 1, currentVoters: [{ replicaId: 1, logEndOffset: 0 }], observers: [] },
    ])
    const listeners = [{ name: 'PLAINTEXT', host: 'node.test', port: 9092 }]
    expect(nodes).toEqual(version < 2 ? [] : [{ nodeId: 1, listeners }])
  })
}

test('only the one partition of the metadata, by itself, is there', async () => {
  const orders = { topicName: 'orders', partitions: [{ partitionIndex: 0 }] }
  for (const asked of [[orders], [metadata(1)], [metadata(0, 1)], [metadata(0), orders]]) {
    const { errorCode, topics } = await node.call(describeQuorumApi, 2, { topics: asked })
    expect(errorCode).toBe(ErrorCode.none)
    const codes = topics.flatMap(({ partitions }) => partitions.map(partition => partition.errorCode))
    expect(new Set(codes)).toEqual(new Set([ErrorCode.unknownTopicOrPartition]))
  }
})
