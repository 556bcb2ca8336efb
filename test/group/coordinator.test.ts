import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { coordinatorWith, joinRequest, oldClient } from './group-fixture.ts'

const membership = { groupId: 'g', groupInstanceId: null, protocolType: null, protocolName: null }

test('a member joins, syncs, beats, commits and leaves', async () => {
  const { coordinator, env } = coordinatorWith()
  const joining = coordinator.join(joinRequest(), oldClient)
  env.clock.advance(3_000)
  const joined = await joining
  expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: joined.memberId })
  expect(joined.members).toHaveLength(1)
  const { memberId } = joined
  const synced = await coordinator.sync({
    ...membership,
    memberId,
    generationId: 1,
    assignments: [{ memberId, assignment: Buffer.from('all') }],
  })
  expect(synced).toMatchObject({ errorCode: 0, assignment: Buffer.from('all') })
  coordinator.heartbeat({ groupId: 'g', memberId, groupInstanceId: null, generationId: 1 })
  const partition = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 0, commitTimestamp: -1 }
  const commit = {
    groupId: 'g',
    memberId,
    groupInstanceId: null,
    generationId: 1,
    retentionTimeMs: -1,
    topics: [{ name: 'orders', partitions: [{ ...partition, committedMetadata: 'm' }] }],
  }
  const committed = await coordinator.commitOffsets(commit, { version: 8 })
  expect(committed).toEqual([{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: 0 }] }])
  expect(coordinator.fetchOffsets('g', null)).toMatchObject([
    { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5, metadata: 'm' }] },
  ])
  const left = await coordinator.leave({ groupId: 'g', members: [{ memberId, groupInstanceId: null, reason: null }] })
  expect(left).toMatchObject([{ memberId, errorCode: ErrorCode.none }])
  expect(coordinator.describe('g').groupState).toBe('Empty')
})
