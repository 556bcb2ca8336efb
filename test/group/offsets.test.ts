import { describe, expect, test } from 'vitest'
import type { GroupCoordinator } from '../../src/group/coordinator.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import {
  commitRequest,
  coordinatorWith,
  errorOfPromise,
  isPending,
  joinRequest,
  newClient,
  oldClient,
  rangeOn,
  stableMember,
} from './group-fixture.ts'

const day = 24 * 3_600_000

type Changes = Parameters<typeof commitRequest>[0]
const commit = (coordinator: GroupCoordinator, changes: Changes = {}, version = 8) =>
  coordinator.commitOffsets(commitRequest(changes), { version })
const commitError = (coordinator: GroupCoordinator, changes: Changes, version = 8) =>
  errorOfPromise(commit(coordinator, changes, version))
const orders = [{ name: 'orders', partitionIndexes: [0, 1] }]

/** Every offset of group `g`, as `topic-partition: offset`. */
const committed = (coordinator: GroupCoordinator): string[] =>
  coordinator
    .fetchOffsets('g', null)
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset }) => `${name}-${partitionIndex}: ${committedOffset}`),
    )

describe('a commit', () => {
  test('is answered, and seen, when it is durable', async () => {
    const { coordinator, disk } = coordinatorWith()
    await commit(coordinator, { offset: 1 })
    disk.isHeld = true
    const answer = commit(coordinator, { offset: 2 })
    expect(await isPending(answer)).toBe(true)
    expect(committed(coordinator)).toEqual(['orders-0: 1'])
    disk.commit()
    expect(await answer).toEqual([{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: 0 }] }])
    expect(committed(coordinator)).toEqual(['orders-0: 2'])
  })

  test('of a first offset is not seen before it is durable', async () => {
    const { coordinator, disk } = coordinatorWith()
    disk.isHeld = true
    const answer = commit(coordinator)
    expect(coordinator.fetchOffsets('g', null)).toEqual([])
    expect(coordinator.fetchOffsets('g', orders)).toMatchObject([{ partitions: [{ committedOffset: -1 }, {}] }])
    disk.commit()
    await answer
  })

  test('may come from nobody in particular while the group has no members', async () => {
    const { coordinator } = coordinatorWith()
    expect(await commitError(coordinator, { memberId: 'stranger' })).toBe(ErrorCode.none)
    expect(await commitError(coordinator, { groupId: '' })).toBe(ErrorCode.none)
  })

  test('must come from a member of the generation while it has', async () => {
    const fixture = coordinatorWith()
    const { coordinator } = fixture
    const memberId = await stableMember(fixture)
    expect(await commitError(coordinator, {})).toBe(ErrorCode.unknownMemberId)
    expect(await commitError(coordinator, { memberId: 'x', generationId: 1 })).toBe(ErrorCode.unknownMemberId)
    expect(await commitError(coordinator, { memberId })).toBe(ErrorCode.illegalGeneration)
    expect(await commitError(coordinator, { memberId, generationId: 2 })).toBe(ErrorCode.illegalGeneration)
    expect(await commitError(coordinator, { memberId, generationId: 1 })).toBe(ErrorCode.none)
  })

  test('of a static member that was replaced is fenced', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture, { groupInstanceId: 'i' })
    await fixture.coordinator.join(joinRequest({ groupInstanceId: 'i' }), newClient)
    const late = { memberId, groupInstanceId: 'i', generationId: 1 }
    expect(await commitError(fixture.coordinator, late)).toBe(ErrorCode.fencedInstanceId)
  })

  test('of the old generation is taken while the group prepares the next one, not while it awaits it', async () => {
    const fixture = coordinatorWith()
    const { coordinator } = fixture
    const memberId = await stableMember(fixture)
    const second = coordinator.join(joinRequest(), oldClient)
    expect(await commitError(coordinator, { memberId, generationId: 1 })).toBe(ErrorCode.none)
    await coordinator.join(joinRequest({ memberId }), oldClient)
    await second
    expect(await commitError(coordinator, { memberId, generationId: 1 })).toBe(ErrorCode.illegalGeneration)
    expect(await commitError(coordinator, { memberId, generationId: 2 })).toBe(ErrorCode.rebalanceInProgress)
  })

  test.each([
    [8, ErrorCode.illegalGeneration],
    [9, ErrorCode.groupIdNotFound],
  ])('of a member to a group that is not there is refused in version %d with error %d', async (version, errorCode) => {
    const { coordinator } = coordinatorWith()
    expect(await commitError(coordinator, { memberId: 'm', generationId: 1 }, version)).toBe(errorCode)
    expect(coordinator.list()).toEqual([])
  })

  test('with too much metadata is refused for that partition alone', async () => {
    const { coordinator } = coordinatorWith({ offsetMetadataMax: 3 })
    const { topics, ...request } = commitRequest({ metadata: 'four' })
    const fitting = commitRequest({ partition: 1, metadata: 'tre' }).topics[0]?.partitions ?? []
    const partitions = [...(topics[0]?.partitions ?? []), ...fitting]
    const results = await coordinator.commitOffsets({ ...request, topics: [{ name: 'orders', partitions }] }, newClient)
    expect(results[0]?.partitions).toEqual([
      { partitionIndex: 0, errorCode: ErrorCode.offsetMetadataTooLarge },
      { partitionIndex: 1, errorCode: ErrorCode.none },
    ])
    expect(committed(coordinator)).toEqual(['orders-1: 5'])
  })

  test('without metadata has empty metadata', async () => {
    const { coordinator } = coordinatorWith()
    await commit(coordinator, { metadata: null })
    expect(coordinator.fetchOffsets('g', null)[0]?.partitions[0]?.metadata).toBe('')
  })
})

describe('fetching', () => {
  test('an offset that nobody committed, or of a group that nobody knows, gives -1 and no error', async () => {
    const { coordinator } = coordinatorWith()
    await commit(coordinator, { metadata: 'm' })
    const nothing = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: ErrorCode.none }
    expect(coordinator.fetchOffsets('g', orders)).toEqual([
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 0, metadata: 'm', errorCode: ErrorCode.none },
          { partitionIndex: 1, ...nothing },
        ],
      },
    ])
    expect(coordinator.fetchOffsets('x', orders)[0]?.partitions[0]).toEqual({ partitionIndex: 0, ...nothing })
    expect(coordinator.fetchOffsets('x', null)).toEqual([])
  })
})

describe('deleting offsets', () => {
  const wanted = [
    { name: 'orders', partitionIndexes: [0] },
    { name: 'payments', partitionIndexes: [0, 1] },
  ]

  test('spares the topics that the group reads', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    const member = { memberId, generationId: 1 }
    await commit(fixture.coordinator, { topic: 'orders', ...member })
    await commit(fixture.coordinator, { topic: 'payments', ...member })
    const results = await fixture.coordinator.deleteOffsets('g', wanted)
    expect(results.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode))).toEqual([
      [ErrorCode.groupSubscribedToTopic],
      [ErrorCode.none, ErrorCode.none],
    ])
    expect(committed(fixture.coordinator)).toEqual(['orders-0: 5'])
    expect(fixture.disk.offsets.size).toBe(1)
  })

  test('spares all while a consumer group does not tell what it reads', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture, { protocols: [{ name: 'range', metadata: Buffer.from('?') }] })
    const [result] = await fixture.coordinator.deleteOffsets('g', wanted)
    expect(result?.partitions[0]?.errorCode).toBe(ErrorCode.groupSubscribedToTopic)
  })

  test('is refused while a group of another type has members, and for a group that is not there', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture, { protocolType: 'connect' })
    const { coordinator } = fixture
    expect(await errorOfPromise(coordinator.deleteOffsets('g', wanted))).toBe(ErrorCode.nonEmptyGroup)
    expect(await errorOfPromise(coordinator.deleteOffsets('x', wanted))).toBe(ErrorCode.groupIdNotFound)
  })

  test('of a deleted topic happens in all groups, to commits under way too', async () => {
    const { coordinator, disk } = coordinatorWith()
    await commit(coordinator, { topic: 'payments' })
    await commit(coordinator, { topic: 'orders', groupId: 'h' })
    disk.isHeld = true
    const underway = commit(coordinator, { topic: 'orders' })
    coordinator.onTopicDeleted('orders')
    disk.commit()
    await underway
    expect(committed(coordinator)).toEqual(['payments-0: 5'])
    expect([...disk.offsets.values()].map(({ topic }) => topic)).toEqual(['payments'])
  })

  test('of a deleted topic spares what is committed to the next topic of that name', async () => {
    const { coordinator, disk } = coordinatorWith()
    await commit(coordinator, { offset: 100 })
    disk.isHeld = true
    coordinator.onTopicDeleted('orders')
    const next = commit(coordinator, { offset: 1 })
    disk.commit()
    await next
    expect(committed(coordinator)).toEqual(['orders-0: 1'])
    expect(disk.offsets.size).toBe(1)
  })
})

describe('the sweep', () => {
  test('expires offsets a while after the last member has left', async () => {
    const fixture = coordinatorWith()
    const { coordinator, env } = fixture
    const memberId = await stableMember(fixture, { sessionTimeoutMs: 1_800_000 })
    await commit(coordinator, { memberId, generationId: 1 })
    env.clock.advance(1_000_000)
    await coordinator.leave({ groupId: 'g', members: [{ memberId, groupInstanceId: null, reason: null }] })
    env.clock.advance(7 * day - 1)
    coordinator.sweep()
    expect(committed(coordinator)).toEqual(['orders-0: 5'])
    env.clock.advance(1)
    coordinator.sweep()
    expect(coordinator.list()).toEqual([])
    expect([...fixture.disk.groups, ...fixture.disk.offsets]).toEqual([])
  })

  test('counts from when the group became empty, over a restart too', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    await commit(fixture.coordinator, { memberId, generationId: 1 })
    fixture.env.clock.advance(5 * day)
    const { coordinator, env } = fixture.restart()
    env.clock.advance(2 * day - 1_000)
    coordinator.sweep()
    expect(committed(coordinator)).toEqual(['orders-0: 5'])
    env.clock.advance(20_000)
    coordinator.sweep()
    expect(coordinator.list()).toEqual([])
  })

  test('expires offsets of nobody in particular each a while after its commit', async () => {
    const { coordinator, env } = coordinatorWith()
    await commit(coordinator, { partition: 0 })
    env.clock.advance(day)
    await commit(coordinator, { partition: 1 })
    env.clock.advance(6 * day)
    coordinator.sweep()
    expect(committed(coordinator)).toEqual(['orders-1: 5'])
  })

  test('expires in a stable group what its members no longer read', async () => {
    const fixture = coordinatorWith({ sessionTimeoutMsMax: 100 * day })
    const { coordinator, env } = fixture
    const memberId = await stableMember(fixture, { sessionTimeoutMs: 100 * day, protocols: rangeOn('orders') })
    await commit(coordinator, { memberId, generationId: 1, topic: 'orders' })
    await commit(coordinator, { memberId, generationId: 1, topic: 'payments' })
    env.clock.advance(7 * day)
    coordinator.sweep()
    expect(committed(coordinator)).toEqual(['orders-0: 5'])
  })

  test('expires nothing of a group that rebalances, or of another type with members', async () => {
    const fixture = coordinatorWith({ sessionTimeoutMsMax: 100 * day })
    const { coordinator, env } = fixture
    const memberId = await stableMember(fixture, { sessionTimeoutMs: 100 * day, protocolType: 'connect' })
    await commit(coordinator, { memberId, generationId: 1 })
    env.clock.advance(70 * day)
    coordinator.sweep()
    expect(committed(coordinator)).toEqual(['orders-0: 5'])
  })

  test('keeps to the end that a commit of version 2 to 4 has set itself', async () => {
    const { coordinator, env } = coordinatorWith()
    await commit(coordinator, { partition: 0, retentionTimeMs: 1_000 })
    await commit(coordinator, { partition: 1, retentionTimeMs: 30 * day })
    env.clock.advance(1_000)
    coordinator.sweep()
    expect(committed(coordinator)).toEqual(['orders-1: 5'])
    env.clock.advance(20 * day)
    coordinator.sweep()
    expect(committed(coordinator)).toEqual(['orders-1: 5'])
  })

  test('takes the time that a commit of version 1 gave', async () => {
    const { coordinator, env } = coordinatorWith()
    await commit(coordinator, { commitTimestamp: env.clock.now() - 7 * day })
    coordinator.sweep()
    expect(coordinator.list()).toEqual([])
  })

  test('spares a commit that is on its way to the disk', async () => {
    const { coordinator, env, disk } = coordinatorWith()
    await commit(coordinator, { offset: 1 })
    env.clock.advance(7 * day)
    disk.isHeld = true
    const fresh = commit(coordinator, { offset: 2 })
    coordinator.sweep()
    disk.commit()
    await fresh
    expect(committed(coordinator)).toEqual(['orders-0: 2'])
  })

  test('removes groups without members and offsets, but not while somebody was just given an id', async () => {
    const { coordinator, env } = coordinatorWith()
    const { memberId } = await coordinator.join(joinRequest(), newClient)
    coordinator.sweep()
    expect(coordinator.list()).toHaveLength(1)
    const joining = coordinator.join(joinRequest({ memberId }), newClient)
    env.clock.advance(3_000)
    expect((await joining).errorCode).toBe(ErrorCode.none)
    env.clock.advance(10_000)
    coordinator.sweep()
    expect(coordinator.list()).toEqual([])
  })
})
