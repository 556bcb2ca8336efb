import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { syncGroupApi } from '../../src/protocol/messages/sync-group.ts'
import { soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

for (let version = 0; version <= 5; version++) {
  test(`version ${version} tells a member what is assigned to it`, async () => {
    const member = await soleMember(node)
    const synced = await node.call(syncGroupApi, version, { groupId: 'g', ...member, assignments: [] })
    expect(synced).toMatchObject({
      errorCode: ErrorCode.none,
      protocolType: version >= 5 ? 'consumer' : null,
      protocolName: version >= 5 ? 'range' : null,
      assignment: Buffer.from('all'),
    })
  })

  test(`version ${version} refuses an old generation`, async () => {
    const { memberId } = await soleMember(node)
    const request = { groupId: 'g', memberId, generationId: 0, assignments: [] }
    const refused = await node.call(syncGroupApi, version, request)
    expect(refused).toMatchObject({ errorCode: ErrorCode.illegalGeneration, assignment: Buffer.alloc(0) })
  })
}

test('a group that is not there has no members', async () => {
  const request = { groupId: 'x', memberId: 'm', generationId: 1, assignments: [] }
  expect((await node.call(syncGroupApi, 5, request)).errorCode).toBe(ErrorCode.unknownMemberId)
})
