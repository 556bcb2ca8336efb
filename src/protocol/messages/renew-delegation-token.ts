import { defineApi } from '../codec.ts'
import { bytes, int16, int32, int64 } from '../fields.ts'

/** RenewDelegationToken 0-2 (KIP-48). 2 flexible. */
export const renewDelegationTokenApi = defineApi({
  key: 39,
  name: 'RenewDelegationToken',
  versions: [0, 2],
  flexible: 2,
  request: { hmac: bytes(), renewPeriodMs: int64() },
  response: { errorCode: int16(), expiryTimestampMs: int64(), throttleTimeMs: int32() },
})
