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

test('a transactional id is refused while there are no transactions', async () => {
  const body = await node.call(initProducerIdApi, 4, { ...request, transactionalId: 'payments' })
  expect(body).toMatchObject({ errorCode: ErrorCode.unsupportedVersion, producerId: -1, producerEpoch: -1 })
})

test('an empty transactional id is refused', async () => {
  const body = await node.call(initProducerIdApi, 4, { ...request, transactionalId: '' })
  expect(body.errorCode).toBe(ErrorCode.invalidRequest)
})

test('a producer id comes with its epoch', async () => {
  const body = await node.call(initProducerIdApi, 4, { ...request, producerId: 5, producerEpoch: -1 })
  expect(body.errorCode).toBe(ErrorCode.invalidRequest)
})
