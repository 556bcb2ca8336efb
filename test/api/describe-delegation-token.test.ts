import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeDelegationTokenApi } from '../../src/protocol/messages/describe-delegation-token.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = describeDelegationTokenApi.versions; version <= last; version++) {
  test(`version ${version}: who is not authenticated is told of no tokens`, async () => {
    const node = await testNode()
    const answer = await node.call(describeDelegationTokenApi, version, { owners: null })
    expect(answer).toMatchObject({ errorCode: ErrorCode.delegationTokenRequestNotAllowed, tokens: [] })
    await node.close()
  })
}
