import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { joinGroupApi } from '../../src/protocol/messages/join-group.ts'
import { joinBody, soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

for (let version = 0; version <= 9; version++) {
  test(`version ${version} admits a member to a new group`, async () => {
    let memberId = ''
    if (version >= 4) {
      const first = await node.call(joinGroupApi, version, joinBody())
      expect(first.errorCode).toBe(ErrorCode.memberIdRequired)
      expect(first.protocolName).toBe(version >= 7 ? null : '')
      memberId = first.memberId
    }
    const joining = node.start(joinGroupApi, version, joinBody({ memberId }), { clientId: 'app' })
    node.env.clock.advance(3_000)
    const joined = await node.until(joining)
    expect(joined).toMatchObject({
      errorCode: ErrorCode.none,
      generationId: 1,
      protocolType: version >= 7 ? 'consumer' : null,
      protocolName: 'range',
      leader: joined?.memberId,
      members: [{ memberId: joined?.memberId, groupInstanceId: null, metadata: joinBody().protocols[0]?.metadata }],
    })
    expect(joined?.memberId).toMatch(version >= 4 ? /^test-/ : /^app-/)
  })

  test(`version ${version} refuses a stranger`, async () => {
    const refused = await node.call(joinGroupApi, version, joinBody({ memberId: 'stranger' }))
    const nothing = { generationId: -1, protocolType: null, leader: '', memberId: 'stranger', members: [] }
    expect(refused).toMatchObject({ errorCode: ErrorCode.unknownMemberId, ...nothing })
  })
}

test('a session timeout out of bounds names the bounds', async () => {
  const refused = await node.call(joinGroupApi, 9, { ...joinBody(), sessionTimeoutMs: 5_999 })
  expect(refused.errorCode).toBe(ErrorCode.invalidSessionTimeout)
})

test('a static member that comes back leads on without dividing the work again', async () => {
  const { memberId } = await soleMember(node, { groupInstanceId: 'i' })
  const back = await node.call(joinGroupApi, 9, joinBody({ groupInstanceId: 'i' }))
  expect(back).toMatchObject({ errorCode: ErrorCode.none, generationId: 1, skipAssignment: true })
  expect(back.leader).toBe(back.memberId)
  expect(back.memberId).not.toBe(memberId)
})

test('a client without a name can be a member', async () => {
  const answer = await node.call(joinGroupApi, 5, joinBody(), { clientId: null })
  expect(answer.memberId).toMatch(/^-[0-9a-f]{8}-/)
})
