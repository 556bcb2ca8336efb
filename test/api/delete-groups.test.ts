import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { deleteGroupsApi } from '../../src/protocol/messages/delete-groups.ts'
import { commitTo, soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
  await soleMember(node, { groupId: 'members' })
  await commitTo(node, 'offsets', 'orders')
})
afterEach(() => node.close())

for (let version = 0; version <= 2; version++) {
  test(`version ${version} deletes groups without members, each by itself`, async () => {
    const groupsNames = ['members', 'offsets', 'nowhere', 'offsets']
    const { results } = await node.call(deleteGroupsApi, version, { groupsNames })
    expect(results).toEqual([
      { groupId: 'members', errorCode: ErrorCode.nonEmptyGroup },
      { groupId: 'offsets', errorCode: ErrorCode.none },
      { groupId: 'nowhere', errorCode: ErrorCode.groupIdNotFound },
    ])
    expect(node.services.groups.list().map(({ groupId }) => groupId)).toEqual(['members'])
    expect(node.services.groups.fetchOffsets('offsets', null)).toEqual([])
  })
}
