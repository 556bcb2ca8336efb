import { expect, test } from 'vitest'
import { GroupMember } from '../../src/client/group-member.ts'
import { type AssignedPartition, encodeAssignment } from '../../src/client/group-protocol.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { findCoordinatorApi } from '../../src/protocol/messages/find-coordinator.ts'
import { heartbeatApi } from '../../src/protocol/messages/heartbeat.ts'
import { joinGroupApi } from '../../src/protocol/messages/join-group.ts'
import { leaveGroupApi } from '../../src/protocol/messages/leave-group.ts'
import { offsetCommitApi } from '../../src/protocol/messages/offset-commit.ts'
import { syncGroupApi } from '../../src/protocol/messages/sync-group.ts'
import { clusterOf, type FakeBroker, fakeBroker, hangUp } from './fake-broker.ts'

/** A coordinator of one member, who leads; heartbeats are answered as the test says. */
async function coordinator(beat: (call: number) => number | typeof hangUp): Promise<FakeBroker> {
  const broker = (await fakeBroker()).withTopic('t', [0, 0])
  let generationId = 0
  let beats = 0
  broker.on(findCoordinatorApi, () => ({
    coordinators: [{ key: 'g', nodeId: 0, ...broker.address, errorCode: 0, errorMessage: null }],
  }))
  broker.on(joinGroupApi, request => {
    const base = { protocolType: 'consumer', protocolName: 'range', leader: 'm', memberId: 'm', members: [] }
    if (request.memberId === '') return { ...base, errorCode: ErrorCode.memberIdRequired, leader: '' }
    const members = [{ memberId: 'm', metadata: request.protocols[0]!.metadata }]
    return { ...base, errorCode: 0, generationId: ++generationId, members }
  })
  broker.on(syncGroupApi, request => ({
    errorCode: 0,
    protocolName: 'range',
    assignment: request.assignments[0]?.assignment ?? encodeAssignment([]),
  }))
  broker.on(heartbeatApi, () => {
    const decision = beat(++beats)
    return typeof decision === 'symbol' ? decision : { errorCode: decision }
  })
  broker.on(leaveGroupApi, () => ({ errorCode: 0, members: [] }))
  return broker
}

/** Takes part for so many assignments, then stops; what happened. */
async function takePart(broker: FakeBroker, assignments: number): Promise<string[]> {
  const events: string[] = []
  let left = assignments
  const member: GroupMember = new GroupMember(clusterOf([broker]), {
    group: 'g',
    topics: ['t'],
    heartbeatMs: 5,
    onAssigned: async (partitions: readonly AssignedPartition[]) => {
      events.push(`assigned ${partitions.map(({ topic, partition }) => `${topic}${partition}`).join(' ')}`)
      if (--left === 0) member.stop()
    },
    onRevoked: async mayCommit => void events.push(mayCommit ? 'revoked' : 'expelled'),
  })
  await member.run()
  return events
}

test('a member takes its id, joins, leads, reads, and leaves', async () => {
  const broker = await coordinator(() => 0)
  const events = await takePart(broker, 1)
  expect(events).toEqual(['assigned t0 t1', 'revoked'])
  expect(broker.asked).toEqual(['FindCoordinator', 'JoinGroup', 'JoinGroup', 'Metadata', 'SyncGroup', 'LeaveGroup'])
})

test('a rebalance takes the partitions away, with time to commit, and joins again', async () => {
  const broker = await coordinator(call => (call === 2 ? ErrorCode.rebalanceInProgress : 0))
  const events = await takePart(broker, 2)
  expect(events).toEqual(['assigned t0 t1', 'revoked', 'assigned t0 t1', 'revoked'])
})

test.each([
  ['a member that the group has forgotten', ErrorCode.unknownMemberId],
  ['a member of a past generation', ErrorCode.illegalGeneration],
])('%s may not commit, and joins again', async (_name, errorCode) => {
  const broker = await coordinator(call => (call === 1 ? errorCode : 0))
  expect(await takePart(broker, 2)).toEqual(['assigned t0 t1', 'expelled', 'assigned t0 t1', 'revoked'])
})

test('a coordinator that moves or breaks off is looked up again, and the member stays', async () => {
  const decisions = [ErrorCode.notCoordinator, hangUp, 0] as const
  const seen = Promise.withResolvers<void>()
  const broker = await coordinator(call => {
    if (call === decisions.length) seen.resolve()
    return decisions[call - 1] ?? 0
  })
  const events: string[] = []
  const member = new GroupMember(clusterOf([broker]), {
    group: 'g',
    topics: ['t'],
    heartbeatMs: 5,
    onAssigned: async () => void events.push('assigned'),
    onRevoked: async () => void events.push('revoked'),
  })
  const running = member.run()
  await seen.promise
  member.stop()
  await running
  expect(events).toEqual(['assigned', 'revoked'])
  expect(broker.asked.filter(name => name === 'FindCoordinator').length).toBeGreaterThan(1)
})

test('what the coordinator refuses ends the membership', async () => {
  const broker = await coordinator(() => ErrorCode.groupAuthorizationFailed)
  await expect(takePart(broker, 5)).rejects.toMatchObject({ exitCode: 3 })
})

test('a commit names the generation; one that is refused is an error', async () => {
  const broker = await coordinator(() => 0)
  const commits: unknown[] = []
  let errorCode: number = ErrorCode.none
  broker.on(offsetCommitApi, request => {
    commits.push([
      request.generationIdOrMemberEpoch,
      request.memberId,
      request.topics[0]?.partitions[0]?.committedOffset,
    ])
    return { topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode }] }] }
  })
  const offsets = new Map([['t', new Map([[0, 42]])]])
  let failure: unknown
  const member: GroupMember = new GroupMember(clusterOf([broker]), {
    group: 'g',
    topics: ['t'],
    onAssigned: async () => member.stop(),
    onRevoked: async () => {
      await member.commit(offsets)
      errorCode = ErrorCode.illegalGeneration
      failure = await member.commit(offsets).catch(error => error)
    },
  })
  await member.run()
  expect(commits).toEqual([
    [1, 'm', 42],
    [1, 'm', 42],
  ])
  expect(failure).toMatchObject({ code: ErrorCode.illegalGeneration })
})
