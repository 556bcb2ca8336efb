import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { heartbeatApi } from '../../src/protocol/messages/heartbeat.ts'
import { joinGroupApi } from '../../src/protocol/messages/join-group.ts'
import { joinBody, soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

for (let version = 0; version <= 4; version++) {
  test(`version ${version} tells a member how its group is`, async () => {
    const member = await soleMember(node)
    const beat = (changes: object = {}) => node.call(heartbeatApi, version, { groupId: 'g', ...member, ...changes })
    expect(await beat()).toEqual({ throttleTimeMs: 0, errorCode: ErrorCode.none })
    expect((await beat({ generationId: 0 })).errorCode).toBe(ErrorCode.illegalGeneration)
    expect((await beat({ memberId: 'stranger' })).errorCode).toBe(ErrorCode.unknownMemberId)
    expect((await beat({ groupId: 'x' })).errorCode).toBe(ErrorCode.unknownMemberId)
    expect((await beat({ groupId: '' })).errorCode).toBe(ErrorCode.invalidGroupId)
    void node.start(joinGroupApi, 3, joinBody())
    expect((await beat()).errorCode).toBe(ErrorCode.rebalanceInProgress)
  })
}
