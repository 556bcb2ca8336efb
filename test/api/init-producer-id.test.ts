import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const request = { transactionalId: null, transactionTimeoutMs: 60_000 }

for (let version = 0; version <= 5; version++) {
  test(`version ${version} gives every producer an id of its own, at epoch 0`, async () => {
    const first = await node.call(initProducerIdApi, version, request)
    const second = await node.call(initProducerIdApi, version, request)
    expect(first).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    expect(second).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    expect(second.producerId).toBeGreaterThan(first.producerId)
  })
}

for (let version = 0; version <= 5; version++) {
  test(`version ${version} gives a transactional producer the next epoch each time`, async () => {
    const transactional = { ...request, transactionalId: 'payments' }
    const first = await node.call(initProducerIdApi, version, transactional)
    expect(first).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    const second = await node.call(initProducerIdApi, version, transactional)
    expect(second).toMatchObject({ errorCode: 0, producerId: first.producerId, producerEpoch: 1 })
    const other = await node.call(initProducerIdApi, version, { ...request, transactionalId: 'orders' })
    expect(other).toMatchObject({ errorCode: 0, producerEpoch: 0 })
    expect(other.producerId).not.toBe(first.producerId)
  })
}

test.each([
  [3, ErrorCode.invalidProducerEpoch],
  [4, ErrorCode.producerFenced],
])('version %i tells a producer that another one has come with error %i', async (version, errorCode) => {
  const transactional = { ...request, transactionalId: 'payments' }
  const { producerId, producerEpoch } = await node.call(initProducerIdApi, version, transactional)
  await node.call(initProducerIdApi, version, transactional)
  const body = await node.call(initProducerIdApi, version, { ...transactional, producerId, producerEpoch })
  expect(body).toMatchObject({ errorCode, producerId: -1, producerEpoch: -1 })
})

test.each([0, -1, 900_001])('a transaction timeout of %i ms is refused', async transactionTimeoutMs => {
  const body = await node.call(initProducerIdApi, 4, { transactionalId: 'payments', transactionTimeoutMs })
  expect(body).toMatchObject({ errorCode: ErrorCode.invalidTransactionTimeout, producerId: -1 })
})

test('a producer without transactions has no transaction timeout', async () => {
  const body = await node.call(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: -1 })
  expect(body.errorCode).toBe(ErrorCode.none)
})

test('an empty transactional id is refused', async () => {
  const body = await node.call(initProducerIdApi, 4, { ...request, transactionalId: '' })
  expect(body.errorCode).toBe(ErrorCode.invalidRequest)
})

test('a producer id comes with its epoch', async () => {
  const body = await node.call(initProducerIdApi, 4, { ...request, producerId: 5, producerEpoch: -1 })
  expect(body.errorCode).toBe(ErrorCode.invalidRequest)
})
