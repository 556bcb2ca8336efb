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

test('what cannot be meant has its own error', async () => {
  expect(await push({ clientInstanceId: zeroUuid })).toBe(ErrorCode.invalidRequest)
  expect(await push({ shift: 1 })).toBe(ErrorCode.unknownSubscriptionId)
  expect(await push({ compressionType: 5 })).toBe(ErrorCode.unsupportedCompressionType)
  expect(await push({ metrics: Buffer.alloc(1024 * 1024 + 1) })).toBe(ErrorCode.telemetryTooLarge)
})
