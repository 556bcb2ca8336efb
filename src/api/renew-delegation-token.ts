import { renewDelegationTokenApi } from '../protocol/messages/renew-delegation-token.ts'
import { handler } from './handle.ts'
import { noTokens } from './no-security.ts'

// RenewDelegationToken v0-2. There are no tokens: refused as by Kafka on a connection without authentication.

export const renewDelegationToken = handler(renewDelegationTokenApi, {
  handle: () => ({ ...noTokens, expiryTimestampMs: -1, throttleTimeMs: 0 }),
  refuse: (_request, { errorCode }) => ({ errorCode, expiryTimestampMs: -1, throttleTimeMs: 0 }),
})
