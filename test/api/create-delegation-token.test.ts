import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { createDelegationTokenApi } from '../../src/protocol/messages/create-delegation-token.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = createDelegationTokenApi.versions; version <= last; version++) {
  test(`version ${version}: who is not authenticated gets no token`, async () => {
    const node = await testNode()
    const owner = version >= 3 ? { ownerPrincipalType: null, ownerPrincipalName: null } : {}
    const answer = await node.call(createDelegationTokenApi, version, { renewers: [], maxLifetimeMs: -1, ...owner })
    expect(answer).toMatchObject({
      errorCode: ErrorCode.delegationTokenRequestNotAllowed,
      principalType: 'User',
      principalName: 'ANONYMOUS',
      issueTimestampMs: -1,
      expiryTimestampMs: -1,
      maxTimestampMs: -1,
      tokenId: '',
    })
    expect(answer.hmac).toHaveLength(0)
    await node.close()
  })
}
