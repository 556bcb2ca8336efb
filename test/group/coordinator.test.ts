import { describe, expect, test } from 'vitest'
import type { GroupCoordinator } from '../../src/group/coordinator.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import {
  type CoordinatorFixture,
  commitRequest,
  coordinatorWith,
  errorOfPromise,
  isPending,
  joinRequest,
  newClient,
  oldClient,
  stableMember,
  syncRequest,
} from './group-fixture.ts'

const leaving = (memberId: string) => ({ groupId: 'g', members: [{ memberId, groupInstanceId: null, reason: null }] })
const beat = (coordinator: GroupCoordinator, memberId: string, generationId = 1): void =>
  coordinator.heartbeat({ groupId: 'g', memberId, groupInstanceId: null, generationId })

test('a member joins, syncs, beats, commits and leaves', async () => {
  const { coordinator, env } = coordinatorWith()
  const joining = coordinator.join(joinRequest(), oldClient)
  env.clock.advance(3_000)
  const joined = await joining
  const { memberId } = joined
  expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: memberId })
  const assignments = [{ memberId, assignment: Buffer.from('all') }]
  const synced = await coordinator.sync(syncRequest({ memberId, assignments }))
  expect(synced).toMatchObject({ errorCode: 0, assignment: Buffer.from('all') })
  beat(coordinator, memberId)
  const committed = await coordinator.commitOffsets(commitRequest({ memberId, generationId: 1 }), newClient)
  expect(committed).toEqual([{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: 0 }] }])
  expect(await coordinator.leave(leaving(memberId))).toEqual([{ memberId, groupInstanceId: null, errorCode: 0 }])
  expect(coordinator.describe('g').groupState).toBe('Empty')
})

test('a new member has an id of its client id, or its instance id, and a random uuid', async () => {
  const { coordinator } = coordinatorWith()
  const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
  const dynamic = await coordinator.join(joinRequest(), newClient)
  expect(dynamic).toMatchObject({ errorCode: ErrorCode.memberIdRequired })
  expect(dynamic.memberId).toMatch(new RegExp(`^client-${uuid}$`))
  const { env, coordinator: other } = coordinatorWith()
  const parked = other.join(joinRequest({ groupInstanceId: 'instance' }), newClient)
  env.clock.advance(3_000)
  expect((await parked).memberId).toMatch(new RegExp(`^instance-${uuid}$`))
})

test('version 0 has no rebalance timeout: the session timeout holds', async () => {
  const fixture = coordinatorWith()
  const { coordinator, env } = fixture
  const first = await stableMember(fixture, { sessionTimeoutMs: 8_000, rebalanceTimeoutMs: -1 })
  const second = coordinator.join(joinRequest({ sessionTimeoutMs: 8_000, rebalanceTimeoutMs: -1 }), oldClient)
  env.clock.advance(7_000)
  expect(() => beat(coordinator, first)).toThrow(expect.objectContaining({ code: ErrorCode.rebalanceInProgress }))
  env.clock.advance(1_000)
  expect((await second).members).toHaveLength(1)
})

test.each([5_999, 1_800_001])('a session timeout of %d ms is outside the bounds', async sessionTimeoutMs => {
  const { coordinator } = coordinatorWith()
  const refused = coordinator.join(joinRequest({ sessionTimeoutMs }), oldClient)
  expect(await errorOfPromise(refused)).toBe(ErrorCode.invalidSessionTimeout)
  expect(coordinator.list()).toEqual([])
})

test('membership needs a group id', async () => {
  const { coordinator } = coordinatorWith()
  expect(await errorOfPromise(coordinator.join(joinRequest({ groupId: '' }), oldClient))).toBe(ErrorCode.invalidGroupId)
  expect(await errorOfPromise(coordinator.sync(syncRequest({ groupId: '' })))).toBe(ErrorCode.invalidGroupId)
  expect(await errorOfPromise(coordinator.leave({ groupId: '', members: [] }))).toBe(ErrorCode.invalidGroupId)
})

test('a group that is not there has no members', async () => {
  const { coordinator } = coordinatorWith()
  const unknown = ErrorCode.unknownMemberId
  expect(await errorOfPromise(coordinator.join(joinRequest({ memberId: 'x' }), oldClient))).toBe(unknown)
  expect(await errorOfPromise(coordinator.sync(syncRequest({ memberId: 'x' })))).toBe(unknown)
  expect(() => beat(coordinator, 'x')).toThrow(expect.objectContaining({ code: unknown }))
  expect(await coordinator.leave(leaving('x'))).toMatchObject([{ errorCode: unknown }])
  expect(coordinator.list()).toEqual([])
})

test('a silent member is removed without anybody asking', async () => {
  const fixture = coordinatorWith()
  await stableMember(fixture)
  fixture.env.clock.advance(10_000)
  expect(fixture.coordinator.describe('g')).toMatchObject({ groupState: 'Empty', members: [] })
})

test('a member that beats stays for ever', async () => {
  const fixture = coordinatorWith()
  const memberId = await stableMember(fixture)
  for (let beats = 0; beats < 100; beats++) {
    fixture.env.clock.advance(9_000)
    beat(fixture.coordinator, memberId)
  }
  expect(fixture.coordinator.describe('g').groupState).toBe('Stable')
})

test('a commit is a sign of life', async () => {
  const fixture = coordinatorWith()
  const memberId = await stableMember(fixture)
  fixture.env.clock.advance(9_000)
  await fixture.coordinator.commitOffsets(commitRequest({ memberId, generationId: 1 }), newClient)
  fixture.env.clock.advance(9_000)
  expect(fixture.coordinator.describe('g').groupState).toBe('Stable')
})

test('what a client sent may be overwritten once it has been answered', async () => {
  const fixture = coordinatorWith()
  const { coordinator } = fixture
  const memberId = await stableMember(fixture)
  const metadata = Buffer.from(coordinator.describe('g').members[0]?.memberMetadata ?? '')
  const rejoin = joinRequest({ memberId })
  await coordinator.join(rejoin, oldClient)
  const assignment = Buffer.from('mine')
  await coordinator.sync(syncRequest({ memberId, generationId: 2, assignments: [{ memberId, assignment }] }))
  rejoin.protocols[0]?.metadata.fill(0)
  assignment.fill(0)
  expect(coordinator.describe('g').members).toMatchObject([
    { memberMetadata: metadata, memberAssignment: Buffer.from('mine') },
  ])
})

describe('describing', () => {
  test('shows metadata and assignments of a stable group', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    expect(fixture.coordinator.describe('g')).toMatchObject({
      groupId: 'g',
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [{ memberId, clientId: 'client', clientHost: '/127.0.0.1', memberAssignment: Buffer.from('all') }],
    })
  })

  test('shows no metadata while a group rebalances', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture)
    void fixture.coordinator.join(joinRequest(), oldClient)
    const described = fixture.coordinator.describe('g')
    expect(described).toMatchObject({ groupState: 'PreparingRebalance', protocolType: 'consumer', protocolData: '' })
    expect(described.members[0]?.memberMetadata).toHaveLength(0)
  })

  test('lists groups with members and those that only keep offsets', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture)
    await fixture.coordinator.commitOffsets(commitRequest({ groupId: 'simple' }), newClient)
    expect(fixture.coordinator.list()).toEqual([
      { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
      { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ])
  })
})

describe('deleting a group', () => {
  test('is refused while it has members or is not there', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture)
    expect(await errorOfPromise(fixture.coordinator.delete('g'))).toBe(ErrorCode.nonEmptyGroup)
    expect(await errorOfPromise(fixture.coordinator.delete('x'))).toBe(ErrorCode.groupIdNotFound)
  })

  test('removes it with its offsets, in memory and on disk', async () => {
    const { coordinator, disk } = coordinatorWith()
    await coordinator.commitOffsets(commitRequest(), newClient)
    await coordinator.delete('g')
    expect(coordinator.list()).toEqual([])
    expect(coordinator.fetchOffsets('g', null)).toEqual([])
    expect([...disk.groups, ...disk.offsets]).toEqual([])
  })

  test('leaves a commit alone that comes after it, even before it is durable', async () => {
    const { coordinator, disk } = coordinatorWith()
    await coordinator.commitOffsets(commitRequest({ offset: 1 }), newClient)
    disk.isHeld = true
    const deletion = coordinator.delete('g')
    const commit = coordinator.commitOffsets(commitRequest({ offset: 2 }), newClient)
    disk.commit()
    await Promise.all([deletion, commit])
    expect(coordinator.fetchOffsets('g', null)).toMatchObject([{ partitions: [{ committedOffset: 2 }] }])
    expect(disk.offsets.size).toBe(1)
  })
})

describe('a restart', () => {
  test('keeps members, generation and assignments', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    const { coordinator } = fixture.restart()
    expect(coordinator.describe('g')).toEqual(fixture.restart().coordinator.describe('g'))
    expect(coordinator.describe('g')).toMatchObject({ groupState: 'Stable', members: [{ memberId }] })
    beat(coordinator, memberId)
    const synced = await coordinator.sync(syncRequest({ memberId }))
    expect(synced.assignment.toString()).toBe('all')
  })

  test('gives every member a whole session to show itself', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture)
    fixture.env.clock.advance(9_000)
    const { coordinator, env } = fixture.restart()
    env.clock.advance(9_999)
    expect(coordinator.describe('g').groupState).toBe('Stable')
    env.clock.advance(1)
    expect(coordinator.describe('g').groupState).toBe('Empty')
  })

  test('lets a follower rejoin unchanged without a rebalance', async () => {
    const fixture = coordinatorWith()
    const protocols = [...joinRequest().protocols, { name: 'sticky', metadata: Buffer.from('s') }]
    const parked = ['1', '2'].map(() => fixture.coordinator.join(joinRequest({ protocols }), oldClient))
    fixture.env.clock.advance(6_000)
    const [leader, follower] = await Promise.all(parked)
    await fixture.coordinator.sync(syncRequest({ memberId: leader!.memberId }))
    const { coordinator } = fixture.restart()
    const rejoined = await coordinator.join(joinRequest({ memberId: follower!.memberId, protocols }), oldClient)
    expect(rejoined).toMatchObject({ errorCode: ErrorCode.none, generationId: 1 })
  })

  test('keeps static members under their instance ids', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture, { groupInstanceId: 'i' })
    const { coordinator } = fixture.restart()
    const back = await coordinator.join(joinRequest({ groupInstanceId: 'i' }), newClient)
    expect(back).toMatchObject({ errorCode: ErrorCode.none, generationId: 1, skipAssignment: true })
    const { coordinator: again } = fixture.restart()
    expect(again.describe('g').members).toMatchObject([{ memberId: back.memberId, groupInstanceId: 'i' }])
  })

  test('keeps the generation of an empty group, so that old members cannot commit', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    await fixture.coordinator.leave(leaving(memberId))
    const { coordinator, env } = fixture.restart()
    expect(coordinator.describe('g')).toMatchObject({ groupState: 'Empty', protocolType: 'consumer' })
    const joining = coordinator.join(joinRequest(), oldClient)
    env.clock.advance(3_000)
    expect((await joining).generationId).toBe(3)
  })

  test('forgets an assignment that was not durable: its members rejoin the generation before', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    await fixture.coordinator.join(joinRequest({ memberId }), oldClient)
    fixture.disk.isHeld = true
    const parked = fixture.coordinator.sync(syncRequest({ memberId, generationId: 2 }))
    expect(await isPending(parked)).toBe(true)
    const { coordinator } = fixture.restart()
    expect((await parked).errorCode).toBe(ErrorCode.coordinatorNotAvailable)
    expect(() => beat(coordinator, memberId, 2)).toThrow(expect.objectContaining({ code: ErrorCode.illegalGeneration }))
    beat(coordinator, memberId, 1)
  })

  test('keeps durable offsets and drops those of topics that are gone', async () => {
    const fixture = coordinatorWith()
    await fixture.coordinator.commitOffsets(commitRequest({ topic: 'orders', offset: 1 }), newClient)
    await fixture.coordinator.commitOffsets(commitRequest({ topic: 'payments', offset: 2 }), newClient)
    const { coordinator } = fixture.restart(['payments'])
    expect(coordinator.fetchOffsets('g', null)).toMatchObject([
      { name: 'payments', partitions: [{ partitionIndex: 0, committedOffset: 2 }] },
    ])
  })
})

describe('closing', () => {
  const unavailable = ErrorCode.coordinatorNotAvailable

  test('answers all who wait', async () => {
    const { coordinator } = coordinatorWith()
    const joining = coordinator.join(joinRequest(), oldClient)
    coordinator.close()
    expect((await joining).errorCode).toBe(unavailable)
  })

  test('refuses what comes later and starts no timers', async () => {
    const fixture: CoordinatorFixture = coordinatorWith()
    const { coordinator, disk, env } = fixture
    const memberId = await stableMember(fixture)
    const joined = await coordinator.join(joinRequest({ memberId }), oldClient)
    disk.isHeld = true
    const syncing = coordinator.sync(syncRequest({ memberId, generationId: joined.generationId }))
    coordinator.close()
    disk.commit()
    disk.isHeld = false
    disk.changes.length = 0
    expect((await syncing).errorCode).toBe(unavailable)
    expect(await errorOfPromise(coordinator.join(joinRequest(), oldClient))).toBe(unavailable)
    expect(await errorOfPromise(coordinator.commitOffsets(commitRequest(), newClient))).toBe(unavailable)
    expect(() => beat(coordinator, memberId)).toThrow(expect.objectContaining({ code: unavailable }))
    expect(() => coordinator.fetchOffsets('g', null)).toThrow(expect.objectContaining({ code: unavailable }))
    expect(() => coordinator.list()).toThrow(expect.objectContaining({ code: unavailable }))
    env.clock.advance(100_000)
    expect(disk.changes).toEqual([])
  })
})
