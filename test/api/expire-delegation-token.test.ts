import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { expireDelegationTokenApi } from '../../src/protocol/messages/expire-delegation-token.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = expireDelegationTokenApi.versions; version <= last; version++) {
  test(`version ${version}: who is not authenticated has no token to expire`, async () => {
    const node = await testNode()
    const answer = await node.call(expireDelegationTokenApi, version, { hmac: Buffer.from('a'), expiryTimePeriodMs: 1 })
    expect(answer).toMatchObject({
      errorCode: ErrorCode.delegationTokenRequestNotAllowed,
      expiryTimestampMs: -1,
    })
    await node.close()
  })
}
