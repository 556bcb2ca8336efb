import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { addOffsetsToTxnApi } from '../../src/protocol/messages/add-offsets-to-txn.ts'
import { txnOffsetCommitApi } from '../../src/protocol/messages/txn-offset-commit.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { type TransactionalProducer, transactionalProducer } from '../support/transactions.ts'

let node: TestNode
let claim: Pick<TransactionalProducer, 'transactionalId' | 'producerId' | 'producerEpoch'>

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
  const { transactionalId, producerId, producerEpoch } = await transactionalProducer(node, { generation: 1 })
  claim = { transactionalId, producerId, producerEpoch }
})
afterEach(() => node.close())

async function commitOffset(groupId: string): Promise<number> {
  const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] }]
  const answer = await node.call(txnOffsetCommitApi, 3, { ...claim, groupId, topics })
  return answer.topics[0]!.partitions[0]!.errorCode
}

for (let version = 0; version <= 4; version++) {
  test(`version ${version} makes a group's offsets part of the transaction, once or again`, async () => {
    for (let time = 0; time < 2; time++) {
      const answer = await node.call(addOffsetsToTxnApi, version, { ...claim, groupId: 'g' })
      expect(answer).toEqual({ throttleTimeMs: 0, errorCode: ErrorCode.none })
    }
    expect(await commitOffset('g')).toBe(ErrorCode.none)
    expect(await commitOffset('other')).toBe(ErrorCode.invalidTxnState)
  })

  test.each([
    [{ transactionalId: '' }, ErrorCode.invalidRequest],
    [{ transactionalId: 'unknown' }, ErrorCode.invalidProducerIdMapping],
    [{ producerId: 99 }, ErrorCode.invalidProducerIdMapping],
    [{ producerEpoch: 1 }, version < 2 ? ErrorCode.invalidProducerEpoch : ErrorCode.producerFenced],
  ])(`version ${version} refuses %o with error %i`, async (wrong, errorCode) => {
    const answer = await node.call(addOffsetsToTxnApi, version, { ...claim, groupId: 'g', ...wrong })
    expect(answer.errorCode).toBe(errorCode)
  })
}
