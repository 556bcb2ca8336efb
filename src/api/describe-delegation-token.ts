import { describeDelegationTokenApi } from '../protocol/messages/describe-delegation-token.ts'
import { handler } from './handle.ts'
import { noTokens } from './no-security.ts'

// DescribeDelegationToken v0-3. There are no tokens: refused as by Kafka on a connection without authentication.

export const describeDelegationToken = handler(describeDelegationTokenApi, {
  handle: () => ({ ...noTokens, tokens: [], throttleTimeMs: 0 }),
  refuse: (_request, { errorCode }) => ({ errorCode, tokens: [], throttleTimeMs: 0 }),
})
