import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { deleteTopicsApi } from '../../src/protocol/messages/delete-topics.ts'
import { joinGroupApi } from '../../src/protocol/messages/join-group.ts'
import { leaveGroupApi } from '../../src/protocol/messages/leave-group.ts'
import { commitTo, joinBody, soleMember } from '../support/members.ts'
import { type TestNode, testNode } from '../support/node.ts'
import { transactionalRequest } from './group-fixture.ts'

let directory: string
let node: TestNode

beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'streamctl-group-'))
  node = await testNode({ directory })
  await node.createTopic('orders')
  await node.createTopic('payments')
})
afterEach(async () => {
  await node.close()
  rmSync(directory, { recursive: true })
})

async function restart(): Promise<void> {
  await node.close()
  node = await testNode({ directory })
}

const groupIds = () => node.services.groups.list().map(({ groupId, groupState }) => `${groupId} ${groupState}`)

test('members, their generation and their assignment outlive the node', async () => {
  const { memberId, generationId } = await soleMember(node, { groupInstanceId: 'größe' })
  const before = node.services.groups.describe('g')
  await restart()
  expect(node.services.groups.describe('g')).toEqual(before)
  const identity = { memberId, groupInstanceId: 'größe' }
  node.services.groups.heartbeat({ groupId: 'g', generationId, ...identity })
  const back = await node.call(joinGroupApi, 9, joinBody({ groupInstanceId: 'größe' }))
  await restart()
  expect(node.services.groups.describe('g').members).toMatchObject([{ memberId: back.memberId }])
})

test('a group that became empty stays so', async () => {
  const { memberId } = await soleMember(node)
  await node.call(leaveGroupApi, 1, { groupId: 'g', memberId })
  await restart()
  expect(groupIds()).toEqual(['g Empty'])
})

test('offsets outlive the node with all that was committed with them', async () => {
  await commitTo(node, 'g', 'orders', 'payments')
  const before = node.services.groups.fetchOffsets('g', null)
  await restart()
  expect(node.services.groups.fetchOffsets('g', null)).toEqual(before)
  expect(groupIds()).toEqual(['g Empty'])
})

for (const committed of [true, false]) {
  test(`offsets of a transaction outlive the node until it is ${committed ? 'committed' : 'aborted'}`, async () => {
    await commitTo(node, 'g', 'orders')
    const request = transactionalRequest({ offset: 9, metadata: 'größe' })
    await node.until(node.services.groups.commitTransactional(request))
    await restart()
    const stable = () => node.services.groups.fetchOffsets('g', null, { requireStable: true })[0]?.partitions[0]
    expect(stable()).toMatchObject({ errorCode: ErrorCode.unstableOffsetCommit })
    node.services.groups.endTransaction({ producerId: request.producerId, committed })
    for (const when of ['before', 'after']) {
      await restart()
      const expected = committed ? { committedOffset: 9, metadata: 'größe' } : { committedOffset: 5, metadata: 'm' }
      expect(stable(), `${when} another restart`).toMatchObject({ ...expected, errorCode: ErrorCode.none })
    }
  })
}

test('what was deleted does not come back', async () => {
  await commitTo(node, 'g', 'orders', 'payments')
  await commitTo(node, 'h', 'orders')
  await node.until(node.services.groups.delete('h'))
  await node.until(node.services.groups.deleteOffsets('g', [{ name: 'payments', partitionIndexes: [0] }]))
  await restart()
  expect(groupIds()).toEqual(['g Empty'])
  expect(node.services.groups.fetchOffsets('g', null).map(({ name }) => name)).toEqual(['orders'])
})

test('offsets of a deleted topic do not come back with a new topic of its name', async () => {
  await commitTo(node, 'g', 'orders')
  await node.call(deleteTopicsApi, 5, { topicNames: ['orders'], timeoutMs: 1_000 })
  await node.createTopic('orders')
  await restart()
  expect(node.services.groups.fetchOffsets('g', null)).toEqual([])
})

test('a member that does not come back after the restart is removed after its session', async () => {
  await soleMember(node)
  await restart()
  node.env.clock.advance(10_000)
  await restart()
  expect(groupIds()).toEqual(['g Empty'])
})
