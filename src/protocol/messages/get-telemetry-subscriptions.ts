import { defineApi } from '../codec.ts'
import { array, bool, int8, int16, int32, string, uuid } from '../fields.ts'

/** GetTelemetrySubscriptions 0 (KIP-714). */
export const getTelemetrySubscriptionsApi = defineApi({
  key: 71,
  name: 'GetTelemetrySubscriptions',
  versions: [0, 0],
  flexible: 0,
  request: { clientInstanceId: uuid() },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    acceptedCompressionTypes: array(int8()),
    pushIntervalMs: int32(),
    telemetryMaxBytes: int32(),
    deltaTemporality: bool(),
    requestedMetrics: array(string()),
  },
})
