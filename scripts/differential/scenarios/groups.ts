import { deleteGroupsApi } from '../../../src/protocol/messages/delete-groups.ts'
import { describeGroupsApi } from '../../../src/protocol/messages/describe-groups.ts'
import { heartbeatApi } from '../../../src/protocol/messages/heartbeat.ts'
import { joinGroupApi } from '../../../src/protocol/messages/join-group.ts'
import { leaveGroupApi } from '../../../src/protocol/messages/leave-group.ts'
import { offsetCommitApi } from '../../../src/protocol/messages/offset-commit.ts'
import { offsetDeleteApi } from '../../../src/protocol/messages/offset-delete.ts'
import { offsetFetchApi } from '../../../src/protocol/messages/offset-fetch.ts'
import { syncGroupApi } from '../../../src/protocol/messages/sync-group.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { createTopic } from './topics.ts'

interface JoinOf {
  readonly memberId?: string
  readonly groupInstanceId?: string | null
  readonly protocolType?: string
  readonly protocols?: readonly string[]
  readonly sessionTimeoutMs?: number
  readonly version?: number
}

function join(target: Target, step: string, groupId: string, options: JoinOf = {}) {
  const { memberId = '', groupInstanceId = null, protocolType = 'consumer', protocols = ['range'] } = options
  const { sessionTimeoutMs = 30_000, version = 7 } = options
  return target.ask(step, joinGroupApi, version, {
    groupId,
    memberId,
    groupInstanceId,
    protocolType,
    protocols: protocols.map(name => ({ name, metadata: Buffer.from('0003', 'hex') })),
    sessionTimeoutMs,
    rebalanceTimeoutMs: 60_000,
  })
}

export const groups: Scenario = {
  name: 'groups',
  about: 'the life of a classic group, committed offsets, and what is refused',
  async run(target) {
    const topic = await createTopic(target, 'read', 2)
    await offsetsWithoutMembers(target, topic)
    await refusedJoins(target)
    await oneMember(target, topic)
    await staticMember(target)
    await goodbye(target)
  },
}

interface CommitOf {
  readonly groupId: string
  readonly topic: string
  readonly partition?: number
  readonly offset: number
  readonly generationId?: number
  readonly memberId?: string
  readonly metadata?: string | null
}

function commit(target: Target, step: string, request: CommitOf) {
  const { groupId, topic, partition = 0, offset, generationId = -1, memberId = '', metadata = null } = request
  const partitions = [{ partitionIndex: partition, committedOffset: offset, committedMetadata: metadata }]
  return target.ask(step, offsetCommitApi, 8, {
    groupId,
    generationIdOrMemberEpoch: generationId,
    memberId,
    topics: [{ name: topic, partitions }],
  })
}

async function offsetsWithoutMembers(target: Target, topic: string): Promise<void> {
  const groupId = target.name('simple')
  const read = (step: string, group = groupId, partitionIndexes = [0, 1, 9]) =>
    target.ask(step, offsetFetchApi, 7, {
      groupId: group,
      topics: [{ name: topic, partitionIndexes }],
      requireStable: false,
    })
  await read('of a group that is not there')
  await commit(target, 'from outside', { groupId, topic, offset: 5, metadata: 'm' })
  await commit(target, 'a partition that is not there', { groupId, topic, partition: 9, offset: 5 })
  await commit(target, 'a topic that is not there', { groupId, topic: target.name('nothing'), offset: 5 })
  await commit(target, 'much to remember', { groupId, topic, offset: 6, metadata: 'm'.repeat(5000) })
  await commit(target, 'below zero', { groupId, topic, partition: 1, offset: -1 })
  await commit(target, 'as a member', { groupId, topic, offset: 7, generationId: 3, memberId: 'nobody' })
  await commit(target, 'without a group', { groupId: '', topic, offset: 7 })
  await read('what is kept')
  await target.ask('everything that is kept', offsetFetchApi, 7, { groupId, topics: null, requireStable: true })
  await target.ask('describe', describeGroupsApi, 5, {
    groups: [groupId, target.name('nobody')],
    includeAuthorizedOperations: true,
  })
  await target.ask('describe, since 6', describeGroupsApi, 6, {
    groups: [target.name('nobody')],
    includeAuthorizedOperations: false,
  })
  const partitions = [{ partitionIndex: 0 }, { partitionIndex: 9 }]
  await target.ask('forget', offsetDeleteApi, 0, { groupId, topics: [{ name: topic, partitions }] })
  await target.ask('forget of nobody', offsetDeleteApi, 0, {
    groupId: target.name('nobody'),
    topics: [{ name: topic, partitions }],
  })
  await read('what is left')
}

async function refusedJoins(target: Target): Promise<void> {
  await join(target, 'without a group', '')
  await join(target, 'too short a session', target.name('short'), { sessionTimeoutMs: 1 })
  await join(target, 'too long a session', target.name('long'), { sessionTimeoutMs: 2_000_000_000 })
  await join(target, 'without protocols', target.name('none'), { protocols: [], version: 3 })
  await join(target, 'without a protocol type', target.name('none'), { protocolType: '', version: 3 })
  await join(target, 'as an unknown member', target.name('none'), { memberId: 'somebody' })
}

async function oneMember(target: Target, topic: string): Promise<void> {
  const groupId = target.name('one')
  const first = await target.tell(joinGroupApi, 7, joinRequest(groupId, ''))
  target.learn('member', first.memberId)
  const { memberId } = first
  const joined = await join(target, 'with the id that was given', groupId, { memberId })
  const generationId = joined.generationId
  const sync = (step: string, generation: number, member = memberId) =>
    target.ask(step, syncGroupApi, 5, {
      groupId,
      generationId: generation,
      memberId: member,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [{ memberId, assignment: Buffer.from('0000', 'hex') }],
    })
  const beat = (step: string, generation: number, member = memberId, group = groupId) =>
    target.ask(step, heartbeatApi, 4, { groupId: group, generationId: generation, memberId: member })
  await beat('before the sync', generationId)
  await commit(target, 'before the sync', { groupId, topic, offset: 1, generationId, memberId })
  await sync('an old generation', generationId - 1)
  await sync('somebody else', generationId, 'somebody')
  await sync('sync', generationId)
  await sync('sync again', generationId)
  await beat('heartbeat', generationId)
  await beat('heartbeat of an old generation', generationId - 1)
  await beat('heartbeat of somebody else', generationId, 'somebody')
  await beat('heartbeat in another group', generationId, memberId, target.name('nobody'))
  await commit(target, 'as the member', { groupId, topic, offset: 3, generationId, memberId })
  await commit(target, 'of an old generation', { groupId, topic, offset: 3, generationId: generationId - 1, memberId })
  await commit(target, 'as somebody else', { groupId, topic, offset: 3, generationId, memberId: 'somebody' })
  await commit(target, 'from outside, while there is a member', { groupId, topic, offset: 3 })
  await join(target, 'with a protocol that the group does not know', groupId, { protocols: ['other'], version: 3 })
  await join(target, 'of another type', groupId, { protocolType: 'connect', version: 3 })
  await target.ask('describe', describeGroupsApi, 5, { groups: [groupId], includeAuthorizedOperations: false })
  await target.ask('delete while there is a member', deleteGroupsApi, 2, { groupsNames: [groupId] })
  const partitions = [{ partitionIndex: 0 }]
  await target.ask('forget while there is a member', offsetDeleteApi, 0, {
    groupId,
    topics: [{ name: topic, partitions }],
  })
  const members = [{ memberId: 'somebody' }, { memberId }]
  await target.ask('leave', leaveGroupApi, 5, { groupId, members })
  await beat('after leaving', generationId)
  await target.ask('describe the empty group', describeGroupsApi, 5, {
    groups: [groupId],
    includeAuthorizedOperations: false,
  })
}

function joinRequest(groupId: string, memberId: string) {
  return {
    groupId,
    memberId,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('0003', 'hex') }],
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 60_000,
  }
}

async function staticMember(target: Target): Promise<void> {
  const groupId = target.name('static')
  const first = await target.tell(joinGroupApi, 7, { ...joinRequest(groupId, ''), groupInstanceId: 'instance' })
  target.learn('static-1', first.memberId)
  const { memberId, generationId } = first
  await target.ask('sync', syncGroupApi, 5, {
    groupId,
    generationId,
    memberId,
    groupInstanceId: 'instance',
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [{ memberId, assignment: Buffer.from('0000', 'hex') }],
  })
  const second = await target.tell(joinGroupApi, 7, { ...joinRequest(groupId, ''), groupInstanceId: 'instance' })
  target.learn('static-2', second.memberId)
  await join(target, 'the old one', groupId, { memberId, groupInstanceId: 'instance' })
  const beat = (step: string, member: string, groupInstanceId: string) =>
    target.ask(step, heartbeatApi, 4, { groupId, generationId: second.generationId, memberId: member, groupInstanceId })
  await beat('the old one', memberId, 'instance')
  await beat('the new one', second.memberId, 'instance')
  await beat('an instance that nobody knows', second.memberId, 'other')
  const members = [
    { memberId, groupInstanceId: 'instance' },
    { memberId: '', groupInstanceId: 'instance' },
    { memberId: '', groupInstanceId: 'other' },
  ]
  await target.ask('leave by instance', leaveGroupApi, 5, { groupId, members })
}

async function goodbye(target: Target): Promise<void> {
  const names = ['one', 'simple', 'nobody'].map(word => target.name(word))
  await target.ask('delete', deleteGroupsApi, 2, { groupsNames: [...names, ''] })
  await target.ask('describe the deleted', describeGroupsApi, 5, { groups: names, includeAuthorizedOperations: false })
}
