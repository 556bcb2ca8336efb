import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeUserScramCredentialsApi } from '../../src/protocol/messages/describe-user-scram-credentials.ts'
import { testNode } from '../support/node.ts'

test('nobody has credentials; each user is answered once', async () => {
  const node = await testNode()
  const describe = (users: string[] | null) =>
    node.call(describeUserScramCredentialsApi, 0, { users: users?.map(name => ({ name })) ?? null })
  expect(await describe(null)).toMatchObject({ errorCode: 0, results: [] })
  const { errorCode, results } = await describe(['ann', 'bob', 'bob'])
  expect(errorCode).toBe(ErrorCode.none)
  expect(results.map(({ user, errorCode: code }) => [user, code])).toEqual([
    ['ann', ErrorCode.resourceNotFound],
    ['bob', ErrorCode.duplicateResource],
  ])
  await node.close()
})
