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
  oldClient,
  stableMember,
  transactionalRequest,
} from './group-fixture.ts'

const day = 24 * 3_600_000

type Changes = Parameters<typeof transactionalRequest>[0]
const commit = (coordinator: GroupCoordinator, changes: Changes = {}) =>
  coordinator.commitTransactional(transactionalRequest(changes))
const plainCommit = (coordinator: GroupCoordinator, changes: Changes = {}) =>
  coordinator.commitOffsets(commitRequest(changes), { version: 8 })
const end = ({ disk, coordinator }: CoordinatorFixture, committed: boolean, producerId = 7) =>
  disk.together(() => coordinator.endTransaction({ producerId, committed }))

/** The offset of partition 0 of `orders` (or what is named) as clients see it; 'undecided' for stable readers. */
function offsetOf(coordinator: GroupCoordinator, { groupId = 'g', topic = 'orders', requireStable = true } = {}) {
  const [found] = coordinator.fetchOffsets(groupId, [{ name: topic, partitionIndexes: [0] }], { requireStable })
  const { errorCode, committedOffset } = found!.partitions[0]!
  return errorCode === ErrorCode.unstableOffsetCommit ? 'undecided' : committedOffset
}

const groupIds = (coordinator: GroupCoordinator) => coordinator.list().map(({ groupId }) => groupId)

describe('an offset of a transaction', () => {
  test('is answered when it is durable', async () => {
    const { coordinator, disk } = coordinatorWith()
    disk.isHeld = true
    const answer = commit(coordinator)
    expect(await isPending(answer)).toBe(true)
    disk.commit()
    expect(await answer).toEqual([{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: ErrorCode.none }] }])
  })

  test('is not seen before the transaction is committed', async () => {
    const fixture = coordinatorWith()
    const { coordinator } = fixture
    await plainCommit(coordinator, { offset: 1 })
    await commit(coordinator, { offset: 2 })
    expect(offsetOf(coordinator, { requireStable: false })).toBe(1)
    end(fixture, true)
    expect(offsetOf(coordinator, { requireStable: false })).toBe(2)
  })

  test('is dropped when the transaction is aborted', async () => {
    const fixture = coordinatorWith()
    await plainCommit(fixture.coordinator, { offset: 1 })
    await commit(fixture.coordinator, { offset: 2 })
    end(fixture, false)
    expect(offsetOf(fixture.coordinator)).toBe(1)
    expect(fixture.disk.pending.size).toBe(0)
  })

  test('replaces one that the same transaction had before', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator, { offset: 2 })
    await commit(fixture.coordinator, { offset: 3 })
    end(fixture, true)
    expect(offsetOf(fixture.coordinator)).toBe(3)
  })

  test('keeps what is committed with it', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator, { offset: 2, metadata: 'why' })
    end(fixture, true)
    const [topic] = fixture.coordinator.fetchOffsets('g', null)
    expect(topic?.partitions).toMatchObject([{ committedOffset: 2, committedLeaderEpoch: 0, metadata: 'why' }])
  })

  test('with too long a text is refused, and its neighbours are not', async () => {
    const fixture = coordinatorWith({ offsetMetadataMax: 3 })
    const [topic] = transactionalRequest().topics
    const long = { ...topic!.partitions[0]!, partitionIndex: 1, committedMetadata: 'long' }
    const request = {
      ...transactionalRequest(),
      topics: [{ name: 'orders', partitions: [long, ...topic!.partitions] }],
    }
    const [result] = await fixture.coordinator.commitTransactional(request)
    expect(result?.partitions.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.offsetMetadataTooLarge,
      ErrorCode.none,
    ])
    end(fixture, true)
    expect(fixture.coordinator.fetchOffsets('g', null)[0]?.partitions).toHaveLength(1)
  })
})

describe('the end of a transaction', () => {
  test('commits the offsets of all its groups, and only its own', async () => {
    const fixture = coordinatorWith()
    const { coordinator } = fixture
    await commit(coordinator, { offset: 2 })
    await commit(coordinator, { offset: 3, topic: 'payments' })
    await commit(coordinator, { offset: 4, groupId: 'h' })
    await commit(coordinator, { offset: 5, groupId: 'i', producerId: 8 })
    end(fixture, true)
    expect(offsetOf(coordinator)).toBe(2)
    expect(offsetOf(coordinator, { topic: 'payments' })).toBe(3)
    expect(offsetOf(coordinator, { groupId: 'h' })).toBe(4)
    expect(offsetOf(coordinator, { groupId: 'i' })).toBe('undecided')
  })

  test('writes nothing where no offset waits', () => {
    const fixture = coordinatorWith()
    end(fixture, true)
    expect(fixture.disk.changes).toEqual([])
  })

  test('leaves the partitions undecided until it is durable', async () => {
    for (const committed of [true, false]) {
      const fixture = coordinatorWith()
      await plainCommit(fixture.coordinator, { offset: 1 })
      await commit(fixture.coordinator, { offset: 2 })
      fixture.disk.isHeld = true
      end(fixture, committed)
      expect(offsetOf(fixture.coordinator)).toBe('undecided')
      fixture.disk.commit()
      expect(offsetOf(fixture.coordinator)).toBe(committed ? 2 : 1)
    }
  })

  test('does not touch what the producer commits in its next transaction', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator, { offset: 2 })
    fixture.disk.isHeld = true
    end(fixture, true)
    const next = commit(fixture.coordinator, { offset: 3 })
    fixture.disk.commit()
    await next
    expect(offsetOf(fixture.coordinator)).toBe('undecided')
    expect(offsetOf(fixture.coordinator, { requireStable: false })).toBe(2)
    fixture.disk.isHeld = false
    end(fixture, false)
    expect(offsetOf(fixture.coordinator)).toBe(2)
  })
})

describe('a reader that requires stable offsets', () => {
  test('is refused a partition that had no offset before, but not its neighbours', async () => {
    const { coordinator } = coordinatorWith()
    await commit(coordinator, { partition: 1 })
    const asked = [{ name: 'orders', partitionIndexes: [0, 1] }]
    expect(coordinator.fetchOffsets('g', asked, { requireStable: true })[0]?.partitions).toMatchObject([
      { committedOffset: -1, errorCode: ErrorCode.none },
      { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: ErrorCode.unstableOffsetCommit },
    ])
  })

  test('that asks for all offsets hears only of those that are committed', async () => {
    const { coordinator } = coordinatorWith()
    await plainCommit(coordinator, { partition: 0 })
    await plainCommit(coordinator, { partition: 1 })
    await commit(coordinator, { partition: 1 })
    await commit(coordinator, { partition: 2 })
    expect(coordinator.fetchOffsets('g', null, { requireStable: true })).toMatchObject([
      { partitions: [{ errorCode: ErrorCode.none }, { errorCode: ErrorCode.unstableOffsetCommit }] },
    ])
  })
})

describe('of several commits to one partition', () => {
  test('a later one outside of the transaction holds', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator, { offset: 2 })
    await plainCommit(fixture.coordinator, { offset: 3 })
    expect(offsetOf(fixture.coordinator)).toBe('undecided')
    end(fixture.restart(), true)
    const after = fixture.restart()
    expect(offsetOf(after.coordinator)).toBe(3)
  })

  for (const firstEnds of [true, false]) {
    test(`the later of two transactions holds when the ${firstEnds ? 'earlier' : 'later'} one ends first`, async () => {
      const fixture = coordinatorWith()
      await commit(fixture.coordinator, { producerId: 7, offset: 2 })
      fixture.env.clock.advance(1)
      await commit(fixture.coordinator, { producerId: 8, offset: 3 })
      const restarted = fixture.restart()
      for (const producerId of firstEnds ? [7, 8] : [8, 7]) end(restarted, true, producerId)
      expect(offsetOf(restarted.coordinator)).toBe(3)
    })
  }

  test('an aborted one leaves those before it alone', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator, { producerId: 7, offset: 2 })
    await commit(fixture.coordinator, { producerId: 8, offset: 3 })
    end(fixture, false, 8)
    expect(offsetOf(fixture.coordinator)).toBe('undecided')
    end(fixture, true, 7)
    expect(offsetOf(fixture.coordinator)).toBe(2)
  })
})

describe('after a restart', () => {
  test('a transaction can still be ended', async () => {
    for (const committed of [true, false]) {
      const fixture = coordinatorWith()
      await commit(fixture.coordinator, { offset: 2 })
      const restarted = fixture.restart()
      expect(groupIds(restarted.coordinator)).toEqual(['g'])
      expect(offsetOf(restarted.coordinator)).toBe('undecided')
      end(restarted, committed)
      expect(offsetOf(restarted.restart().coordinator)).toBe(committed ? 2 : -1)
    }
  })

  test('an end that was not durable has not happened', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator, { offset: 2 })
    fixture.disk.isHeld = true
    end(fixture, true)
    fixture.disk.crash()
    fixture.disk.isHeld = false
    expect(offsetOf(fixture.restart().coordinator)).toBe('undecided')
  })

  test('offsets of a topic that is gone are forgotten for good', async () => {
    const fixture = coordinatorWith()
    await plainCommit(fixture.coordinator)
    await commit(fixture.coordinator)
    await commit(fixture.coordinator, { topic: 'payments' })
    const restarted = fixture.restart(['payments']).restart(['orders', 'payments'])
    expect(offsetOf(restarted.coordinator)).toBe(-1)
    expect(offsetOf(restarted.coordinator, { topic: 'payments' })).toBe('undecided')
  })
})

describe('a group with an open transaction', () => {
  test('is not removed, and its offsets do not expire', async () => {
    const fixture = coordinatorWith()
    const { coordinator, env } = fixture
    await plainCommit(coordinator, { offset: 1 })
    await commit(coordinator, { offset: 2 })
    await commit(coordinator, { groupId: 'h' })
    env.clock.advance(8 * day)
    coordinator.sweep()
    expect(groupIds(coordinator)).toEqual(['g', 'h'])
    expect(offsetOf(coordinator, { requireStable: false })).toBe(1)
    end(fixture, false)
    coordinator.sweep()
    expect(groupIds(coordinator)).toEqual([])
  })

  test('takes its pending offsets along when it is deleted, and leaves those of other groups', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator)
    await commit(fixture.coordinator, { groupId: 'h', offset: 3 })
    await fixture.coordinator.delete('g')
    const restarted = fixture.restart()
    expect(groupIds(restarted.coordinator)).toEqual(['h'])
    end(restarted, true)
    expect(offsetOf(restarted.coordinator)).toBe(-1)
    expect(offsetOf(restarted.coordinator, { groupId: 'h' })).toBe(3)
  })

  test('forgets what is pending of a topic that is deleted', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator)
    await commit(fixture.coordinator, { topic: 'payments', offset: 3 })
    fixture.coordinator.onTopicDeleted('orders')
    const restarted = fixture.restart()
    end(restarted, true)
    expect(offsetOf(restarted.coordinator)).toBe(-1)
    expect(offsetOf(restarted.coordinator, { topic: 'payments' })).toBe(3)
  })

  test('forgets what is pending of partitions whose offsets are deleted', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator)
    await commit(fixture.coordinator, { partition: 1 })
    await fixture.coordinator.deleteOffsets('g', [{ name: 'orders', partitionIndexes: [0] }])
    expect(offsetOf(fixture.coordinator)).toBe(-1)
    end(fixture, true)
    expect(fixture.coordinator.fetchOffsets('g', null)[0]?.partitions).toMatchObject([{ partitionIndex: 1 }])
  })
})

describe('a transactional commit', () => {
  const errorOf = (coordinator: GroupCoordinator, changes: Changes) => errorOfPromise(commit(coordinator, changes))

  test('by nobody in particular is taken whatever the group does, as older producers are no members', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture)
    expect(await errorOf(fixture.coordinator, {})).toBe(ErrorCode.none)
  })

  test('by a member needs the generation of the group', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    const { coordinator } = fixture
    expect(await errorOf(coordinator, { memberId, generationId: 1 })).toBe(ErrorCode.none)
    expect(await errorOf(coordinator, { memberId, generationId: 2 })).toBe(ErrorCode.illegalGeneration)
    expect(await errorOf(coordinator, { memberId, generationId: -1 })).toBe(ErrorCode.illegalGeneration)
    expect(await errorOf(coordinator, { memberId: 'stranger', generationId: 1 })).toBe(ErrorCode.unknownMemberId)
    expect(await errorOf(coordinator, { memberId: '', generationId: 1 })).toBe(ErrorCode.unknownMemberId)
    const instance = { memberId, groupInstanceId: 'instance', generationId: 1 }
    expect(await errorOf(coordinator, instance)).toBe(ErrorCode.unknownMemberId)
  })

  test('by the previous incarnation of a static member is fenced', async () => {
    const fixture = coordinatorWith()
    await stableMember(fixture, { groupInstanceId: 'instance' })
    const previous = { memberId: 'gone', groupInstanceId: 'instance', generationId: 1 }
    expect(await errorOf(fixture.coordinator, previous)).toBe(ErrorCode.fencedInstanceId)
  })

  test('is taken while the group rebalances', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    void fixture.coordinator.join(joinRequest(), oldClient)
    expect(fixture.coordinator.describe('g').groupState).toBe('PreparingRebalance')
    expect(await errorOf(fixture.coordinator, { memberId, generationId: 1 })).toBe(ErrorCode.none)
  })

  test('is no sign of life', async () => {
    const fixture = coordinatorWith()
    const memberId = await stableMember(fixture)
    fixture.env.clock.advance(9_000)
    await commit(fixture.coordinator, { memberId, generationId: 1 })
    fixture.env.clock.advance(1_000)
    expect(fixture.coordinator.describe('g').members).toEqual([])
  })

  test('for a group that is not there has no generation', async () => {
    const { coordinator } = coordinatorWith()
    expect(await errorOf(coordinator, { memberId: 'm', generationId: 0 })).toBe(ErrorCode.illegalGeneration)
    expect(await errorOf(coordinator, { groupId: '' })).toBe(ErrorCode.invalidGroupId)
    expect(await errorOf(coordinator, { memberId: 'm' })).toBe(ErrorCode.none)
    expect(groupIds(coordinator)).toEqual(['g'])
  })

  test('is refused by a closed coordinator, but what waits can still be ended', async () => {
    const fixture = coordinatorWith()
    await commit(fixture.coordinator, { offset: 2 })
    fixture.coordinator.close()
    expect(await errorOf(fixture.coordinator, {})).toBe(ErrorCode.coordinatorNotAvailable)
    end(fixture, true)
    expect(fixture.disk.offsets.size).toBe(1)
  })
})
