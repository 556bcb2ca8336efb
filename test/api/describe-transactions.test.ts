import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeTransactionsApi } from '../../src/protocol/messages/describe-transactions.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { endTransaction, produceIn, transactionalProducer } from '../support/transactions.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
})
afterEach(() => node.close())

test('transactional ids are described with what takes part, each for itself', async () => {
  const producer = await transactionalProducer(node, { timeoutMs: 5000 })
  const ended = await transactionalProducer(node, { transactionalId: 'ended' })
  const idle = await transactionalProducer(node, { transactionalId: 'idle' })
  const startMs = node.env.clock.now()
  await produceIn(node, producer, 'orders', 'one', 1)
  await produceIn(node, ended, 'orders', 'two', 0)
  node.env.clock.advance(10)
  await endTransaction(node, ended, { committed: true })
  const answer = await node.call(describeTransactionsApi, 0, {
    transactionalIds: ['payments', 'unknown', '', 'ended', 'idle'],
  })
  const nothing = {
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
  expect(answer.transactionStates).toEqual([
    {
      errorCode: 0,
      transactionalId: 'payments',
      transactionState: 'Ongoing',
      transactionTimeoutMs: 5000,
      transactionStartTimeMs: startMs,
      producerId: producer.producerId,
      producerEpoch: 0,
      topics: [{ topic: 'orders', partitions: [1] }],
    },
    { ...nothing, transactionalId: 'unknown', errorCode: ErrorCode.transactionalIdNotFound },
    { ...nothing, transactionalId: '', errorCode: ErrorCode.invalidRequest },
    {
      ...nothing,
      errorCode: 0,
      transactionalId: 'ended',
      transactionState: 'CompleteCommit',
      transactionTimeoutMs: 60_000,
      transactionStartTimeMs: startMs,
      producerId: ended.producerId,
      producerEpoch: 1,
    },
    {
      ...nothing,
      errorCode: 0,
      transactionalId: 'idle',
      transactionState: 'Empty',
      transactionTimeoutMs: 60_000,
      transactionStartTimeMs: -1,
      producerId: idle.producerId,
    },
  ])
})
