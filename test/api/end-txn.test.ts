import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { endTxnApi } from '../../src/protocol/messages/end-txn.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { addPartitions, type TransactionalProducer, transactionalProducer } from '../support/transactions.ts'

let node: TestNode
let producer: TransactionalProducer
let claim: Pick<TransactionalProducer, 'transactionalId' | 'producerId' | 'producerEpoch'>

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
  producer = await transactionalProducer(node)
  claim = { transactionalId: 'payments', producerId: producer.producerId, producerEpoch: 0 }
})
afterEach(() => node.close())

for (let version = 0; version <= 5; version++) {
  const bumped = version >= 5

  test.each([true, false])(`version ${version} ends a transaction (committed: %o)`, async committed => {
    await addPartitions(node, producer, 'orders')
    const answer = await node.call(endTxnApi, version, { ...claim, committed })
    expect(answer).toEqual({
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      producerId: bumped ? producer.producerId : -1,
      producerEpoch: bumped ? 1 : -1,
    })
    const { transaction } = node.services.transactions.find('payments')
    expect(transaction).toMatchObject({
      state: committed ? 'CompleteCommit' : 'CompleteAbort',
      producerEpoch: bumped ? 1 : 0,
    })
  })

  test.each([
    [{ transactionalId: '' }, ErrorCode.invalidRequest],
    [{ transactionalId: 'unknown' }, ErrorCode.invalidProducerIdMapping],
    [{ producerId: 99 }, ErrorCode.invalidProducerIdMapping],
    [{ producerEpoch: 1 }, version < 2 ? ErrorCode.invalidProducerEpoch : ErrorCode.producerFenced],
    [{}, ErrorCode.invalidTxnState],
  ])(`version ${version} refuses %o with error %i`, async (wrong, errorCode) => {
    const answer = await node.call(endTxnApi, version, { ...claim, ...wrong, committed: true })
    expect(answer).toMatchObject({ errorCode, producerId: -1, producerEpoch: -1 })
  })
}
