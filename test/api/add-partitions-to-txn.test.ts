import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { addPartitionsToTxnApi } from '../../src/protocol/messages/add-partitions-to-txn.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { addPartitions, produceIn, type TransactionalProducer, transactionalProducer } from '../support/transactions.ts'

let node: TestNode
let producer: TransactionalProducer

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
  producer = await transactionalProducer(node)
})
afterEach(() => node.close())

const { none } = ErrorCode
const topics = [{ name: 'orders', partitions: [0, 1] }]

/** The error codes of all partitions, with a claim that may be wrong. */
async function codes(version: number, claim: Partial<TransactionalProducer> = {}, partitions = topics) {
  const { transactionalId, producerId, producerEpoch } = { ...producer, ...claim }
  const answer = await node.call(addPartitionsToTxnApi, version, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: partitions,
    transactions: [{ transactionalId, producerId, producerEpoch, topics: partitions }],
  })
  expect(answer.errorCode).toBe(none)
  const results = version < 4 ? answer.resultsByTopicV3AndBelow : answer.resultsByTransaction[0]!.topicResults
  return results.flatMap(topic => topic.resultsByPartition.map(result => result.partitionErrorCode))
}

for (let version = 0; version <= 5; version++) {
  test(`version ${version} adds partitions, once or again`, async () => {
    expect(await codes(version)).toEqual([none, none])
    expect(await codes(version)).toEqual([none, none])
    const { partitions } = node.services.transactions.find('payments')
    expect(partitions).toEqual(new Map([['orders', new Set([0, 1])]]))
  })

  test(`version ${version} adds nothing where one of the partitions does not exist`, async () => {
    const partitions = [
      { name: 'orders', partitions: [0, 2] },
      { name: 'nowhere', partitions: [0] },
    ]
    const { operationNotAttempted, unknownTopicOrPartition } = ErrorCode
    expect(await codes(version, {}, partitions)).toEqual([
      operationNotAttempted,
      unknownTopicOrPartition,
      unknownTopicOrPartition,
    ])
    expect(node.services.transactions.find('payments').transaction.state).toBe('Empty')
  })

  test.each([
    [{ transactionalId: '' }, ErrorCode.invalidRequest],
    [{ transactionalId: 'unknown' }, ErrorCode.invalidProducerIdMapping],
    [{ producerId: 99 }, ErrorCode.invalidProducerIdMapping],
    [{ producerEpoch: 1 }, version < 2 ? ErrorCode.invalidProducerEpoch : ErrorCode.producerFenced],
  ])(`version ${version} refuses %o with error %i`, async (claim, errorCode) => {
    expect(await codes(version, claim)).toEqual([errorCode, errorCode])
  })
}

test('several transactions are answered each for itself, and some only asked', async () => {
  const other = await transactionalProducer(node, { transactionalId: 'other', generation: 1 })
  await produceIn(node, other, 'orders', 'one', 1)
  const { transactionalId, producerId, producerEpoch } = other
  const answer = await node.call(addPartitionsToTxnApi, 5, {
    transactions: [
      { transactionalId, producerId, producerEpoch, topics, verifyOnly: true },
      { transactionalId: 'unknown', producerId, producerEpoch, topics, verifyOnly: true },
      { transactionalId: 'payments', producerId: producer.producerId, producerEpoch: 0, topics },
    ],
  })
  const found = answer.resultsByTransaction.map(result => [
    result.transactionalId,
    ...result.topicResults.flatMap(topic =>
      topic.resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
    ),
  ])
  const { invalidProducerIdMapping, transactionAbortable } = ErrorCode
  expect(found).toEqual([
    ['other', transactionAbortable, none],
    ['unknown', invalidProducerIdMapping, invalidProducerIdMapping],
    ['payments', none, none],
  ])
  expect(await addPartitions(node, other, 'orders', [0])).toEqual([none])
})
