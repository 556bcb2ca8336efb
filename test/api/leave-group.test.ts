import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { leaveGroupApi } from '../../src/protocol/messages/leave-group.ts'
import { soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

for (let version = 0; version <= 2; version++) {
  test(`version ${version} lets the member itself leave`, async () => {
    const { memberId } = await soleMember(node)
    const leave = (who: string, groupId = 'g') => node.call(leaveGroupApi, version, { groupId, memberId: who })
    expect((await leave('stranger')).errorCode).toBe(ErrorCode.unknownMemberId)
    expect((await leave(memberId)).errorCode).toBe(ErrorCode.none)
    expect((await leave(memberId)).errorCode).toBe(ErrorCode.unknownMemberId)
    expect((await leave(memberId, 'x')).errorCode).toBe(ErrorCode.unknownMemberId)
    expect((await leave(memberId, '')).errorCode).toBe(ErrorCode.invalidGroupId)
    expect(node.services.groups.describe('g').groupState).toBe('Empty')
  })
}

for (let version = 3; version <= 5; version++) {
  test(`version ${version} lets several leave, with a result for each`, async () => {
    await soleMember(node, { groupInstanceId: 'i' })
    const members = [
      { memberId: 'stranger', groupInstanceId: null, reason: 'tired' },
      { memberId: '', groupInstanceId: 'i', reason: null },
    ]
    expect(await node.call(leaveGroupApi, version, { groupId: 'g', members })).toEqual({
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      members: [
        { memberId: 'stranger', groupInstanceId: null, errorCode: ErrorCode.unknownMemberId },
        { memberId: '', groupInstanceId: 'i', errorCode: ErrorCode.none },
      ],
    })
    expect(node.services.groups.describe('g').groupState).toBe('Empty')
  })
}
