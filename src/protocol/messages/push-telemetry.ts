import { defineApi } from '../codec.ts'
import { bool, bytes, int8, int16, int32, uuid } from '../fields.ts'

/** PushTelemetry 0 (KIP-714). */
export const pushTelemetryApi = defineApi({
  key: 72,
  name: 'PushTelemetry',
  versions: [0, 0],
  flexible: 0,
  request: {
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes(),
  },
  response: { throttleTimeMs: int32(), errorCode: int16() },
})
