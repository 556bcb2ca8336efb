import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { deleteRecordsApi } from '../../src/protocol/messages/delete-records.ts'
import { batchOf } from '../support/batches.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
  await node.createTopic('compacted', { overrides: { 'cleanup.policy': 'compact' } })
  await node.createTopic('__consumer_offsets')
  const partition = node.services.topics.get('orders')!.partitions[0]!
  partition.append(batchOf(['a', 'b', 'c']), { nowMs: node.env.clock.now() }, () => {})
  node.env.clock.settle()
})
afterEach(() => node.close())

async function remove(version: number, wanted: readonly { name?: string; partitionIndex?: number; offset: number }[]) {
  const topics = wanted.map(({ name = 'orders', partitionIndex = 0, offset }) => ({
    name,
    partitions: [{ partitionIndex, offset }],
  }))
  const body = await node.call(deleteRecordsApi, version, { topics, timeoutMs: 1000 })
  return body.topics.flatMap(({ partitions }) => partitions)
}

for (let version = 0; version <= 2; version++) {
  test(`version ${version} deletes the records below an offset`, async () => {
    expect(await remove(version, [{ offset: 2 }])).toEqual([{ partitionIndex: 0, lowWatermark: 2, errorCode: 0 }])
    expect(node.services.topics.get('orders')!.partitions[0]!.logStartOffset).toBe(2)
  })
}

test('-1 deletes all that there is', async () => {
  expect((await remove(2, [{ offset: -1 }]))[0]).toMatchObject({ errorCode: 0, lowWatermark: 3 })
})

test('a failing partition leaves its neighbours unaffected', async () => {
  const removed = await remove(2, [
    { name: 'nowhere', offset: 0 },
    { partitionIndex: 9, offset: 0 },
    { offset: 4 },
    { name: 'compacted', offset: -1 },
    { name: '__consumer_offsets', offset: -1 },
    { offset: 1 },
  ])
  expect(removed.map(({ errorCode, lowWatermark }) => [errorCode, lowWatermark])).toEqual([
    [ErrorCode.unknownTopicOrPartition, -1],
    [ErrorCode.unknownTopicOrPartition, -1],
    [ErrorCode.offsetOutOfRange, -1],
    [ErrorCode.policyViolation, -1],
    [ErrorCode.invalidTopicException, -1],
    [ErrorCode.none, 1],
  ])
})
