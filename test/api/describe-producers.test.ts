import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeProducersApi } from '../../src/protocol/messages/describe-producers.ts'
import { batchOf, testTimestamp } from '../support/batches.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
})
afterEach(() => node.close())

async function describe(...topics: { name: string; partitionIndexes: number[] }[]) {
  const body = await node.call(describeProducersApi, 0, { topics })
  return body.topics.flatMap(({ partitions }) => partitions)
}

function append(producerId: number, fields: { baseSequence: number; transactional?: boolean }): void {
  const batch = batchOf(['a', 'b'], { producerId, producerEpoch: 4, ...fields })
  const partition = node.services.topics.get('orders')!.partitions[0]!
  partition.append(batch, { nowMs: node.env.clock.now() }, () => {})
  node.env.clock.settle()
}

const described = { producerEpoch: 4, lastTimestamp: testTimestamp, coordinatorEpoch: -1, currentTxnStartOffset: -1 }

test('the producers of a partition are told, with where their open transactions begin', async () => {
  append(1, { baseSequence: 0 })
  append(2, { baseSequence: 0, transactional: true })
  append(2, { baseSequence: 2, transactional: true })
  const [first, second] = await describe({ name: 'orders', partitionIndexes: [0, 1] })
  expect(first).toMatchObject({ partitionIndex: 0, errorCode: 0, errorMessage: null })
  expect(first!.activeProducers).toEqual([
    { ...described, producerId: 1, lastSequence: 1 },
    { ...described, producerId: 2, lastSequence: 3, currentTxnStartOffset: 2 },
  ])
  expect(second).toMatchObject({ partitionIndex: 1, errorCode: 0, activeProducers: [] })
})

test('after the end of its transaction a producer has no sequence where the marker brought a new epoch', async () => {
  append(2, { baseSequence: 0, transactional: true })
  const partition = node.services.topics.get('orders')!.partitions[0]!
  const end = { producerId: 2, producerEpoch: 5, coordinatorEpoch: 3, committed: true, timestampMs: 77 }
  partition.endTransaction(end, () => {})
  node.env.clock.settle()
  const [answer] = await describe({ name: 'orders', partitionIndexes: [0] })
  expect(answer!.activeProducers).toEqual([
    {
      producerId: 2,
      producerEpoch: 5,
      lastSequence: -1,
      lastTimestamp: 77,
      coordinatorEpoch: 3,
      currentTxnStartOffset: -1,
    },
  ])
})

test('a failing partition leaves its neighbours unaffected', async () => {
  const answers = await describe(
    { name: 'nowhere', partitionIndexes: [0] },
    { name: 'or ders', partitionIndexes: [0] },
    { name: 'orders', partitionIndexes: [7, -1, 0] },
  )
  expect(answers.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.invalidTopicException,
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.none,
  ])
  expect(answers[0]!.activeProducers).toEqual([])
})
