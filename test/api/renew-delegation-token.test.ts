import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { renewDelegationTokenApi } from '../../src/protocol/messages/renew-delegation-token.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = renewDelegationTokenApi.versions; version <= last; version++) {
  test(`version ${version}: who is not authenticated has no token to renew`, async () => {
    const node = await testNode()
    const answer = await node.call(renewDelegationTokenApi, version, { hmac: Buffer.from('a'), renewPeriodMs: 1 })
    expect(answer).toMatchObject({
      errorCode: ErrorCode.delegationTokenRequestNotAllowed,
      expiryTimestampMs: -1,
    })
    await node.close()
  })
}
