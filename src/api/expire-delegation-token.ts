import { expireDelegationTokenApi } from '../protocol/messages/expire-delegation-token.ts'
import { handler } from './handle.ts'
import { noTokens } from './no-security.ts'

// ExpireDelegationToken v0-2. There are no tokens: refused as by Kafka on a connection without authentication.

export const expireDelegationToken = handler(expireDelegationTokenApi, {
  handle: () => ({ ...noTokens, expiryTimestampMs: -1, throttleTimeMs: 0 }),
  refuse: (_request, { errorCode }) => ({ errorCode, expiryTimestampMs: -1, throttleTimeMs: 0 }),
})
