import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { alterUserScramCredentialsApi } from '../../src/protocol/messages/alter-user-scram-credentials.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const [sha256, sha512] = [1, 2]
const credential = (name: string, mechanism = 1, iterations = 4096) => ({
  name,
  mechanism,
  iterations,
  salt: Buffer.from('salt'),
  saltedPassword: Buffer.from('password'),
})

async function alter(deletions: { name: string; mechanism: number }[], upsertions: ReturnType<typeof credential>[]) {
  const { results } = await node.call(alterUserScramCredentialsApi, 0, { deletions, upsertions })
  return results.map(({ user, errorCode }) => [user, errorCode])
}

test('credentials are not kept, and a user hears first of what Kafka would refuse too', async () => {
  const deletions = [
    { name: 'ann', mechanism: sha256! },
    { name: 'bob', mechanism: 9 },
    { name: '', mechanism: sha256! },
  ]
  const upsertions = [
    credential('cid'),
    credential('dan', sha512, 16_384),
    credential('eve', 0),
    credential('few', sha256, 4095),
    credential('gus', sha256, 16_385),
  ]
  expect(await alter(deletions, upsertions)).toEqual([
    ['ann', ErrorCode.resourceNotFound],
    ['bob', ErrorCode.unsupportedSaslMechanism],
    ['', ErrorCode.unacceptableCredential],
    ['cid', ErrorCode.unsupportedSaslMechanism],
    ['dan', ErrorCode.unsupportedSaslMechanism],
    ['eve', ErrorCode.unsupportedSaslMechanism],
    ['few', ErrorCode.unacceptableCredential],
    ['gus', ErrorCode.unacceptableCredential],
  ])
})

test('a credential that is set twice is refused, the other users are not touched by it', async () => {
  const upsertions = [credential('ann'), credential('bob'), credential('ann'), credential('bob', sha512)]
  expect(await alter([], upsertions)).toEqual([
    ['ann', ErrorCode.duplicateResource],
    ['bob', ErrorCode.unsupportedSaslMechanism],
  ])
})

test('what is deleted and set at once has nothing to delete', async () => {
  expect(await alter([{ name: 'ann', mechanism: sha256! }], [credential('ann')])).toEqual([
    ['ann', ErrorCode.resourceNotFound],
  ])
})
