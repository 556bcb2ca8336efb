import { defineApi } from '../codec.ts'
import { bytes, int16, int32, int64 } from '../fields.ts'

/** ExpireDelegationToken 0-2 (KIP-48). 2 flexible. */
export const expireDelegationTokenApi = defineApi({
  key: 40,
  name: 'ExpireDelegationToken',
  versions: [0, 2],
  flexible: 2,
  request: { hmac: bytes(), expiryTimePeriodMs: int64() },
  response: { errorCode: int16(), expiryTimestampMs: int64(), throttleTimeMs: int32() },
})
