import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeGroupsApi } from '../../src/protocol/messages/describe-groups.ts'
import { joinBody, soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const notAsked = -(2 ** 31)

for (let version = 0; version <= 6; version++) {
  test(`version ${version} describes a group with its members`, async () => {
    const { memberId } = await soleMember(node, { groupInstanceId: 'i' })
    const { groups } = await node.call(describeGroupsApi, version, { groups: ['g'] })
    expect(groups).toEqual([
      {
        errorCode: ErrorCode.none,
        errorMessage: null,
        groupId: 'g',
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        members: [
          {
            memberId,
            groupInstanceId: version >= 4 ? 'i' : null,
            clientId: 'test',
            clientHost: '/127.0.0.1',
            memberMetadata: joinBody().protocols[0]?.metadata,
            memberAssignment: Buffer.from('all'),
          },
        ],
        authorizedOperations: notAsked,
      },
    ])
  })

  test(`version ${version} tells of a group that is not there`, async () => {
    const { groups } = await node.call(describeGroupsApi, version, { groups: ['x'] })
    const errorCode = version >= 6 ? ErrorCode.groupIdNotFound : ErrorCode.none
    expect(groups).toMatchObject([{ groupId: 'x', groupState: 'Dead', errorCode, members: [] }])
    expect(groups[0]?.errorMessage === null).toBe(version < 6)
  })
}

test('the operations that the client may do are told when it asks', async () => {
  await soleMember(node)
  const request = { groups: ['g', 'x'], includeAuthorizedOperations: true }
  const { groups } = await node.call(describeGroupsApi, 6, request)
  const readDeleteDescribeAndConfigs = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11)
  expect(groups.map(group => group.authorizedOperations)).toEqual([readDeleteDescribeAndConfigs, notAsked])
})
