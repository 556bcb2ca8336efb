import { expect, test } from 'vitest'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { getTelemetrySubscriptionsApi } from '../../src/protocol/messages/get-telemetry-subscriptions.ts'
import { testNode } from '../support/node.ts'

test('a client gets an id that it keeps, and is asked for no metrics', async () => {
  const node = await testNode()
  const first = await node.call(getTelemetrySubscriptionsApi, 0, { clientInstanceId: zeroUuid })
  expect(first).toMatchObject({
    errorCode: 0,
    requestedMetrics: [],
    pushIntervalMs: 300_000,
    acceptedCompressionTypes: [4, 3, 1, 2],
  })
  expect(first.clientInstanceId).not.toBe(zeroUuid)
  const { clientInstanceId, subscriptionId } = first
  const again = await node.call(getTelemetrySubscriptionsApi, 0, { clientInstanceId })
  expect(again).toMatchObject({ clientInstanceId, subscriptionId })
  await node.close()
})
