import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { getTelemetrySubscriptionsApi } from '../../src/protocol/messages/get-telemetry-subscriptions.ts'
import { pushTelemetryApi } from '../../src/protocol/messages/push-telemetry.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

async function push(
  changes: Partial<{ clientInstanceId: string; compressionType: number; metrics: Buffer; shift: number }>,
) {
  const subscription = await node.call(getTelemetrySubscriptionsApi, 0, { clientInstanceId: zeroUuid })
  const { shift = 0, ...fields } = changes
  const request = {
    clientInstanceId: subscription.clientInstanceId,
    subscriptionId: subscription.subscriptionId ^ shift,
    terminating: false,
    compressionType: 0,
    metrics: Buffer.from('metrics'),
    ...fields,
  }
  return (await node.call(pushTelemetryApi, 0, request)).errorCode
}

test('metrics are accepted', async () => {
  expect(await push({})).toBe(ErrorCode.none)
  expect(await push({ compressionType: 4 })).toBe(ErrorCode.none)
})

async function subscribed() {
  const { clientInstanceId, subscriptionId } = await node.call(getTelemetrySubscriptionsApi, 0, {
    clientInstanceId: zeroUuid,
  })
  const standard = {
    clientInstanceId,
    subscriptionId,
    terminating: false,
    compressionType: 0,
    metrics: Buffer.alloc(0),
  }
  const send = async (changes: Partial<typeof standard> = {}) =>
    (await node.call(pushTelemetryApi, 0, { ...standard, ...changes })).errorCode
  const ask = async () => (await node.call(getTelemetrySubscriptionsApi, 0, { clientInstanceId })).errorCode
  return { send, ask }
}

test('the first push may follow at once, the next ones in the interval that was told', async () => {
  const { send } = await subscribed()
  expect([await send(), await send()]).toEqual([ErrorCode.none, ErrorCode.throttlingQuotaExceeded])
  node.env.clock.advance(300_000)
  expect(await send()).toBe(ErrorCode.none)
})

test('the last push may come early; nothing comes after it', async () => {
  const { send } = await subscribed()
  await send()
  expect(await send({ terminating: true })).toBe(ErrorCode.none)
  expect([await send({ terminating: true }), await send()]).toEqual([
    ErrorCode.invalidRequest,
    ErrorCode.invalidRequest,
  ])
})

test('who is sent back to ask anew may do so at once', async () => {
  const one = await subscribed()
  expect(await one.send({ subscriptionId: 7 })).toBe(ErrorCode.unknownSubscriptionId)
  expect(await one.ask()).toBe(ErrorCode.none)
  expect(await one.ask()).toBe(ErrorCode.throttlingQuotaExceeded)
  const other = await subscribed()
  expect(await other.send({ compressionType: 9 })).toBe(ErrorCode.unsupportedCompressionType)
  expect(await other.ask()).toBe(ErrorCode.none)
})

test('a client that was not heard of before may push when it knows its subscription', async () => {
  const { subscriptionId, clientInstanceId } = await node.call(getTelemetrySubscriptionsApi, 0, {
    clientInstanceId: zeroUuid,
  })
  node.services.configuration.clientMetrics.set('nobody', new Map([['match', 'client_id=nobody']]))
  const request = { clientInstanceId, subscriptionId, terminating: false, compressionType: 0, metrics: Buffer.alloc(0) }
  expect((await node.call(pushTelemetryApi, 0, request)).errorCode).toBe(ErrorCode.none)
})

test('what cannot be meant has its own error', async () => {
  expect(await push({ clientInstanceId: zeroUuid })).toBe(ErrorCode.invalidRequest)
  expect(await push({ clientInstanceId: 'AAAAAAAAAAAAAAAAAAAAAQ' })).toBe(ErrorCode.invalidRequest)
  expect(await push({ shift: 1 })).toBe(ErrorCode.unknownSubscriptionId)
  expect(await push({ compressionType: 5 })).toBe(ErrorCode.unsupportedCompressionType)
  expect(await push({ metrics: Buffer.alloc(1024 * 1024 + 1) })).toBe(ErrorCode.telemetryTooLarge)
})
