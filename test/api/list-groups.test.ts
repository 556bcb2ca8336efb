import { afterEach, beforeEach, expect, test } from 'vitest'
import { listGroupsApi } from '../../src/protocol/messages/list-groups.ts'
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

for (let version = 0; version <= 5; version++) {
  test(`version ${version} lists all groups`, async () => {
    const groups = [
      { groupId: 'members', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
      { groupId: 'offsets', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ].map(({ groupState, groupType, ...group }) => ({
      ...group,
      groupState: version >= 4 ? groupState : '',
      groupType: version >= 5 ? groupType : '',
    }))
    expect(await node.call(listGroupsApi, version, {})).toEqual({ throttleTimeMs: 0, errorCode: 0, groups })
  })
}

test.each([
  [{ statesFilter: ['stable'] }, ['members']],
  [{ statesFilter: ['EMPTY', ' Stable '] }, ['members', 'offsets']],
  [{ statesFilter: ['Assigning'] }, []],
  [{ typesFilter: ['Classic'] }, ['members', 'offsets']],
  [{ typesFilter: ['consumer'] }, []],
  [{ statesFilter: ['Empty'], typesFilter: ['classic', 'nonsense'] }, ['offsets']],
])('groups can be filtered: %o', async (filter, groupIds) => {
  const { groups } = await node.call(listGroupsApi, 5, filter)
  expect(groups.map(({ groupId }) => groupId)).toEqual(groupIds)
})
