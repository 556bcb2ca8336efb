import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { writeTxnMarkersApi } from '../../src/protocol/messages/write-txn-markers.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { produceIn, readCommitted, type TransactionalProducer, transactionalProducer } from '../support/transactions.ts'

let node: TestNode
let producer: TransactionalProducer

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
  producer = await transactionalProducer(node)
  await produceIn(node, producer, 'orders', 'one')
})
afterEach(() => node.close())

const { none, unknownTopicOrPartition, invalidProducerEpoch } = ErrorCode
const orders = [{ name: 'orders', partitionIndexes: [0] }]

for (let version = 0; version <= 2; version++) {
  test.each([
    [true, ['one']],
    [false, []],
  ])(`version ${version} ends a transaction that hangs in a partition (committed: %o)`, async (committed, seen) => {
    const { producerId, producerEpoch } = producer
    const marker = { producerId, producerEpoch, coordinatorEpoch: 0, transactionResult: committed, topics: orders }
    const answer = await node.call(writeTxnMarkersApi, version, { markers: [marker] })
    const partitions = [{ partitionIndex: 0, errorCode: none }]
    expect(answer).toEqual({ markers: [{ producerId, topics: [{ name: 'orders', partitions }] }] })
    expect(await readCommitted(node, 'orders')).toEqual(seen)
    expect(node.services.topics.get('orders')!.partitions[0]!.hasOpenTransaction(producerId)).toBe(false)
  })
}

test('what cannot be marked is told for each partition, and hinders no other', async () => {
  const { producerId } = producer
  const topics = [
    { name: 'nowhere', partitionIndexes: [0] },
    { name: 'orders', partitionIndexes: [0, 1] },
  ]
  const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, transactionResult: false, topics }
  const old = { ...marker, producerEpoch: -1, topics: orders }
  const { markers } = await node.call(writeTxnMarkersApi, 1, { markers: [old, marker] })
  const codes = markers.map(({ topics }) =>
    topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode)),
  )
  expect(codes).toEqual([[invalidProducerEpoch], [unknownTopicOrPartition, none, unknownTopicOrPartition]])
})

test('from version 2 on the marker of a second generation must have the next epoch', async () => {
  const { producerId, producerEpoch } = producer
  const marker = { producerId, producerEpoch, coordinatorEpoch: 0, transactionResult: false, topics: orders }
  const codeOf = async (epoch: number): Promise<number> => {
    const markers = [{ ...marker, producerEpoch: epoch, transactionVersion: 2 }]
    return (await node.call(writeTxnMarkersApi, 2, { markers })).markers[0]!.topics[0]!.partitions[0]!.errorCode
  }
  expect(await codeOf(producerEpoch)).toBe(invalidProducerEpoch)
  expect(await codeOf(producerEpoch + 1)).toBe(none)
})
