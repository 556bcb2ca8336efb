import { afterEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { offsetForLeaderEpochApi } from '../../src/protocol/messages/offset-for-leader-epoch.ts'
import { batchOf } from '../support/batches.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

afterEach(() => node.close())

for (let version = 0; version <= 4; version++) {
  test(`version ${version} answers where an epoch ended, each partition by itself`, async () => {
    node = await testNode()
    await node.createTopic('orders')
    const partition = node.services.topics.get('orders')!.partitions[0]!
    partition.append(batchOf(['a', 'b']), { nowMs: node.env.clock.now() }, () => {})
    node.env.clock.settle()
    const asked = (topic: string, leaderEpoch: number, currentLeaderEpoch = -1) => ({
      topic,
      partitions: [{ partition: 0, leaderEpoch, currentLeaderEpoch }],
    })
    const topics = [asked('orders', 0), asked('nowhere', 0), asked('orders', 7), asked('orders', 0, 9)]
    const body = await node.call(offsetForLeaderEpochApi, version, { replicaId: -1, topics })
    const answers = body.topics.map(({ partitions }) => partitions[0]!)
    expect(answers.map(({ errorCode, endOffset }) => [errorCode, endOffset])).toEqual([
      [ErrorCode.none, 2],
      [ErrorCode.unknownTopicOrPartition, -1],
      [ErrorCode.none, -1],
      // Below version 2 a client does not say which epoch it believes in.
      version < 2 ? [ErrorCode.none, 2] : [ErrorCode.unknownLeaderEpoch, -1],
    ])
    expect(answers[0]!.leaderEpoch).toBe(version < 1 ? -1 : 0)
  })
}
