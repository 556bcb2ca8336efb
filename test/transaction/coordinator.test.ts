import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import type { TransactionState } from '../../src/transaction/transaction.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { temporaryDirectory } from '../support/processes.ts'
import {
  addPartitions,
  commitOffsetIn,
  committedOffset,
  endTransaction,
  produceIn,
  produceOnly,
  readCommitted,
  type TransactionalProducer,
  transactionalProducer,
} from '../support/transactions.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode({ settings: { 'transactional.id.expiration.ms': '1000000' } })
  await node.createTopic('orders', { partitions: 3 })
  await node.createTopic('bills')
})
afterEach(() => node.close())

const commit = { committed: true }
const abort = { committed: false }
const { none } = ErrorCode

function stateOf(transactionalId = 'payments'): TransactionState {
  return node.services.transactions.find(transactionalId).transaction.state
}

/** Lets time pass, and what jobs would do then. */
async function pass(ms: number): Promise<void> {
  node.env.clock.advance(ms)
  node.services.transactions.abortTimedOut()
  await node.until(node.services.transactions.expireIds())
}

function partition(index = 0, topic = 'orders') {
  return node.services.topics.get(topic)!.partitions[index]!
}

async function initAgain({ producerId, producerEpoch, transactionalId }: TransactionalProducer) {
  const request = { transactionalId, transactionTimeoutMs: 60_000, producerId, producerEpoch }
  return node.call(initProducerIdApi, 5, request)
}

for (const generation of [1, 2] as const) {
  describe(`generation ${generation}`, () => {
    let producer: TransactionalProducer
    beforeEach(async () => {
      producer = await transactionalProducer(node, { generation })
    })

    test('what is committed can be read at once, from all topics, with the offsets of groups', async () => {
      await produceIn(node, producer, 'orders', 'one')
      await produceIn(node, producer, 'bills', 'two')
      await commitOffsetIn(node, producer, { groupId: 'g', topic: 'bills', offset: 7 })
      expect(await readCommitted(node, 'orders')).toEqual([])
      expect(committedOffset(node, 'g', 'bills')).toBe(-1)
      expect(await endTransaction(node, producer, commit)).toBe(none)
      expect(await readCommitted(node, 'orders')).toEqual(['one'])
      expect(await readCommitted(node, 'bills')).toEqual(['two'])
      expect(committedOffset(node, 'g', 'bills')).toBe(7)
    })

    test('what is aborted is never seen, and its offsets are forgotten', async () => {
      await produceIn(node, producer, 'orders', 'one')
      await commitOffsetIn(node, producer, { groupId: 'g', topic: 'bills', offset: 7 })
      expect(await endTransaction(node, producer, abort)).toBe(none)
      await produceIn(node, producer, 'orders', 'two')
      expect(await endTransaction(node, producer, commit)).toBe(none)
      expect(await readCommitted(node, 'orders')).toEqual(['two'])
      expect(committedOffset(node, 'g', 'bills')).toBe(-1)
    })

    test('an end that is asked for again is answered again', async () => {
      await produceIn(node, producer, 'orders', 'one')
      const again = { ...producer }
      expect(await endTransaction(node, producer, commit)).toBe(none)
      expect(await endTransaction(node, again, commit)).toBe(none)
      expect(again).toMatchObject({ producerId: producer.producerId, producerEpoch: producer.producerEpoch })
      expect(await endTransaction(node, { ...again, producerEpoch: 0 }, abort)).toBe(ErrorCode.invalidTxnState)
      expect(partition().logEndOffset).toBe(2)
    })

    test('another producer of the same id aborts what is open, and fences', async () => {
      await produceIn(node, producer, 'orders', 'lost')
      const request = { transactionalId: 'payments', transactionTimeoutMs: 60_000 }
      const first = await node.call(initProducerIdApi, 5, request)
      expect(first.errorCode).toBe(ErrorCode.concurrentTransactions)
      expect(stateOf()).toBe('CompleteAbort')
      const other = await transactionalProducer(node, { generation })
      expect(other).toMatchObject({ producerId: producer.producerId, producerEpoch: 2 })
      expect(await produceIn(node, producer, 'orders', 'zombie')).toBe(
        generation === 1 ? ErrorCode.producerFenced : ErrorCode.invalidProducerEpoch,
      )
      expect(await produceOnly(node, producer, 'orders', 'zombie')).toBe(ErrorCode.invalidProducerEpoch)
      expect(await endTransaction(node, producer, commit)).toBe(ErrorCode.producerFenced)
      expect(await produceIn(node, other, 'orders', 'kept')).toBe(none)
      expect(await endTransaction(node, other, commit)).toBe(none)
      expect(await readCommitted(node, 'orders')).toEqual(['kept'])
    })

    test('a transaction that takes too long is aborted; its producer may go on in the next epoch', async () => {
      await produceIn(node, producer, 'orders', 'slow')
      await commitOffsetIn(node, producer, { groupId: 'g', topic: 'bills', offset: 7 })
      await pass(60_000)
      expect(stateOf()).toBe('Ongoing')
      await pass(1)
      expect(stateOf()).toBe('CompleteAbort')
      expect(partition().hasOpenTransaction(producer.producerId)).toBe(false)
      expect(await endTransaction(node, { ...producer }, commit)).not.toBe(none)
      expect(await produceOnly(node, producer, 'orders', 'late')).toBe(ErrorCode.invalidProducerEpoch)
      const next = await initAgain(producer)
      expect(next).toMatchObject({ errorCode: none, producerId: producer.producerId, producerEpoch: 1 })
      expect(committedOffset(node, 'g', 'bills')).toBe(-1)
    })

    test('a transactional id that was not used for long is forgotten, but not while a transaction is open', async () => {
      await pass(999_999)
      await produceIn(node, producer, 'orders', 'one')
      await node.until(node.services.transactions.expireIds())
      await endTransaction(node, producer, commit)
      await pass(999_999)
      expect(stateOf()).toBe('CompleteCommit')
      await pass(1)
      expect(() => stateOf()).toThrow()
      expect(await produceIn(node, producer, 'orders', 'two')).toBe(ErrorCode.invalidProducerIdMapping)
      expect(await endTransaction(node, producer, commit)).toBe(ErrorCode.invalidProducerIdMapping)
      const anew = await transactionalProducer(node, { generation })
      expect(anew.producerEpoch).toBe(0)
      expect(anew.producerId).not.toBe(producer.producerId)
    })

    test('partitions of a topic that went away do not hinder the end', async () => {
      await produceIn(node, producer, 'orders', 'one')
      await produceIn(node, producer, 'bills', 'two')
      await node.until(node.services.topics.delete('bills'))
      expect(await endTransaction(node, producer, commit)).toBe(none)
      expect(await readCommitted(node, 'orders')).toEqual(['one'])
    })

    test('an open transaction outlives a restart', async () => {
      const directory = temporaryDirectory()
      const first = await testNode({ directory })
      await first.createTopic('orders', { partitions: 3 })
      await first.createTopic('bills')
      const owner = await transactionalProducer(first, { generation })
      await produceIn(first, owner, 'orders', 'one')
      await produceIn(first, owner, 'orders', 'two', 2)
      await commitOffsetIn(first, owner, { groupId: 'g', topic: 'bills', offset: 7 })
      await first.close()
      const second = await testNode({ directory })
      try {
        expect(second.services.transactions.find('payments').partitions.get('orders')).toEqual(new Set([0, 2]))
        expect(await readCommitted(second, 'orders')).toEqual([])
        expect(await produceIn(second, owner, 'orders', 'three')).toBe(none)
        expect(await endTransaction(second, owner, commit)).toBe(none)
        expect(await readCommitted(second, 'orders')).toEqual(['one', 'three'])
        expect(second.services.topics.get('orders')!.partitions[2]!.hasOpenTransaction(owner.producerId)).toBe(false)
        expect(committedOffset(second, 'g', 'bills')).toBe(7)
      } finally {
        await second.close()
      }
    })
  })
}

test('the second generation has a new epoch for each transaction, which fences what is late', async () => {
  const producer = await transactionalProducer(node, { generation: 2 })
  const late = { ...producer, sequences: new Map<string, number>() }
  await produceIn(node, producer, 'orders', 'one')
  await endTransaction(node, producer, commit)
  expect(producer.producerEpoch).toBe(1)
  expect(await produceOnly(node, late, 'orders', 'late')).toBe(ErrorCode.invalidProducerEpoch)
  expect(stateOf()).toBe('CompleteCommit')
})

test('the first generation keeps its epoch; what is late belongs to no transaction', async () => {
  const producer = await transactionalProducer(node, { generation: 1 })
  await produceIn(node, producer, 'orders', 'one')
  await endTransaction(node, producer, commit)
  expect(producer.producerEpoch).toBe(0)
  expect(await produceOnly(node, producer, 'orders', 'late')).toBe(ErrorCode.transactionAbortable)
  expect(await produceOnly(node, producer, 'orders', 'late', { version: 10 })).toBe(ErrorCode.invalidTxnState)
})

test('a batch for a partition that was not added is refused, unless verification is off', async () => {
  const producer = await transactionalProducer(node, { generation: 1 })
  await addPartitions(node, producer, 'orders', [0])
  expect(await produceOnly(node, producer, 'orders', 'one', { partition: 1 })).toBe(ErrorCode.transactionAbortable)
  expect(await produceOnly(node, producer, 'orders', 'one', { partition: 0 })).toBe(none)
  const lenient = await testNode({ settings: { 'transaction.partition.verification.enable': 'false' } })
  await lenient.createTopic('orders', { partitions: 3 })
  const other = await transactionalProducer(lenient, { generation: 1 })
  expect(await produceOnly(lenient, other, 'orders', 'one', { partition: 1 })).toBe(none)
  await lenient.close()
})

test('an abort of the second generation writes no marker where nothing was added, but brings an epoch', async () => {
  const producer = await transactionalProducer(node, { generation: 2 })
  expect(await endTransaction(node, producer, abort)).toBe(none)
  expect(producer.producerEpoch).toBe(1)
  expect(await endTransaction(node, producer, commit)).toBe(ErrorCode.invalidTxnState)
  expect(partition().logEndOffset).toBe(0)
})

test('the epochs of a producer id come to an end, and the next id goes on', async () => {
  const producer = await transactionalProducer(node, { generation: 2 })
  const entry = node.services.transactions.find('payments')
  entry.transaction = { ...entry.transaction, producerEpoch: 32_766 }
  producer.producerEpoch = 32_766
  await produceIn(node, producer, 'orders', 'last')
  const before = { ...producer }
  expect(await endTransaction(node, producer, commit)).toBe(none)
  expect(producer).toMatchObject({ producerEpoch: 0 })
  expect(producer.producerId).not.toBe(before.producerId)
  const identity = { producerId: producer.producerId, producerEpoch: 0 }
  expect(await endTransaction(node, before, commit)).toBe(none)
  expect(before).toMatchObject(identity)
  expect(await produceIn(node, producer, 'orders', 'first')).toBe(none)
  expect(await endTransaction(node, producer, commit)).toBe(none)
  expect(await readCommitted(node, 'orders')).toEqual(['last', 'first'])
})

test('while a producer id is fetched for one request, others come again', async () => {
  const request = { transactionalId: 'payments', transactionTimeoutMs: 60_000 }
  const [first, second] = await node.until(
    Promise.all([node.start(initProducerIdApi, 5, request), node.start(initProducerIdApi, 5, request)]),
  )
  expect(first?.errorCode).toBe(none)
  expect(second?.errorCode).toBe(ErrorCode.concurrentTransactions)
})

test('several producers in one partition end independently', async () => {
  const early = await transactionalProducer(node, { transactionalId: 'early' })
  const late = await transactionalProducer(node, { transactionalId: 'late', generation: 1 })
  await produceIn(node, early, 'orders', 'a')
  await produceIn(node, late, 'orders', 'b')
  await endTransaction(node, late, commit)
  expect(await readCommitted(node, 'orders')).toEqual([])
  await endTransaction(node, early, abort)
  expect(await readCommitted(node, 'orders')).toEqual(['b'])
})
