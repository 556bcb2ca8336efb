import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { saslHandshakeApi } from '../../src/protocol/messages/sasl-handshake.ts'
import { testNode } from '../support/node.ts'

for (let [version, last] = saslHandshakeApi.versions; version <= last; version++) {
  test(`version ${version}: there is nothing to log in to`, async () => {
    const node = await testNode()
    const answer = await node.call(saslHandshakeApi, version, { mechanism: 'PLAIN' })
    expect(answer).toEqual({ errorCode: ErrorCode.illegalSaslState, mechanisms: [] })
    await node.close()
  })
}
