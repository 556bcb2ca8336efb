import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { saslAuthenticateApi } from '../../src/protocol/messages/sasl-authenticate.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = saslAuthenticateApi.versions; version <= last; version++) {
  test(`version ${version}: there is nothing to log in to`, async () => {
    const node = await testNode()
    const answer = await node.call(saslAuthenticateApi, version, { authBytes: Buffer.from('\0ann\0secret') })
    expect(answer.errorCode).toBe(ErrorCode.illegalSaslState)
    expect(answer.errorMessage).toContain('without authentication')
    expect(answer.authBytes).toHaveLength(0)
    await node.close()
  })
}
