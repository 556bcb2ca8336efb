import { createDelegationTokenApi } from '../protocol/messages/create-delegation-token.ts'
import { type Call, handler } from './handle.ts'
import { noTokens } from './no-security.ts'

// CreateDelegationToken v0-3. A token stands for who asks for it, and nobody is authenticated here: refused as by Kafka.

export const createDelegationToken = handler(createDelegationTokenApi, {
  handle: (_request, call) => refusal(noTokens.errorCode, call),
  refuse: (_request, { errorCode }, call) => refusal(errorCode, call),
})

function refusal(errorCode: number, { connection }: Call) {
  const [principalType = '', principalName = ''] = connection.principal.split(':', 2)
  return {
    errorCode,
    principalType,
    principalName,
    tokenRequesterPrincipalType: principalType,
    tokenRequesterPrincipalName: principalName,
    issueTimestampMs: -1,
    expiryTimestampMs: -1,
    maxTimestampMs: -1,
    tokenId: '',
    hmac: Buffer.alloc(0),
    throttleTimeMs: 0,
  }
}
