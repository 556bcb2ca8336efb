import { describe, expect, test } from 'vitest'
import { resume } from '../../src/group/classic-group.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { rangeOn } from './group-fixture.ts'
import { GroupLab, stableLab } from './group-lab.ts'

describe('the first rebalance of a group', () => {
  test('waits for more members for as long as the initial delay', () => {
    const lab = new GroupLab()
    const ticket = lab.join()
    lab.advance(2_999)
    expect(lab.joins.has(ticket)).toBe(false)
    lab.advance(1)
    expect(lab.joined(ticket).generationId).toBe(1)
  })

  test('waits longer while members keep coming', () => {
    const lab = new GroupLab()
    const first = lab.join()
    lab.advance(2_000)
    lab.join()
    lab.advance(3_999)
    expect(lab.joins.has(first)).toBe(false)
    lab.advance(1)
    expect(lab.joined(first).members).toHaveLength(2)
  })

  test('waits no longer than the rebalance timeout', () => {
    const lab = new GroupLab()
    const first = lab.join({ rebalanceTimeoutMs: 7_000 })
    for (let second = 1; second < 7; second++) {
      lab.advance(1_000)
      lab.join({ rebalanceTimeoutMs: 7_000 })
    }
    lab.advance(999)
    expect(lab.joins.has(first)).toBe(false)
    lab.advance(1)
    expect(lab.joined(first).members).toHaveLength(7)
  })

  test('waits at all only when the delay says so', () => {
    const lab = new GroupLab({ initialRebalanceDelayMs: 0 })
    const ticket = lab.join()
    lab.advance(0)
    expect(lab.joined(ticket).generationId).toBe(1)
  })

  test('leaves an empty group behind when all have gone meanwhile', () => {
    const lab = new GroupLab()
    const ticket = lab.join({ newMemberId: 'a' })
    lab.leave('a')
    expect(lab.joined(ticket).errorCode).toBe(ErrorCode.unknownMemberId)
    lab.advance(3_000)
    expect(lab.group.state).toBe('Empty')
  })

  test('comes again when a group that was empty is joined', () => {
    const lab = stableLab(['a'])
    lab.leave('a')
    expect(lab.group).toMatchObject({ state: 'Empty', generation: 2 })
    const ticket = lab.join()
    expect(lab.joins.has(ticket)).toBe(false)
    lab.advance(3_000)
    expect(lab.joined(ticket).generationId).toBe(3)
  })
})

describe('a rebalance', () => {
  test('goes on as soon as all members have rejoined', () => {
    const lab = stableLab(['a', 'b'])
    const third = lab.join({ newMemberId: 'c' })
    lab.join({ memberId: 'a' })
    expect(lab.joins.has(third)).toBe(false)
    lab.join({ memberId: 'b' })
    expect(lab.joined(third)).toMatchObject({ generationId: 2, leader: 'a' })
  })

  test('of two hundred members is over with the last join and sync, without waiting for anything', () => {
    const memberIds = Array.from({ length: 200 }, (_, index) => `m${index}`)
    const lab = stableLab(memberIds)
    const startedMs = lab.nowMs
    const tickets = memberIds.map(memberId => lab.join({ memberId }))
    lab.settle()
    expect(lab.group).toMatchObject({ state: 'Stable', generation: 2 })
    expect(tickets.map(ticket => lab.joined(ticket).members.length)).toEqual([200, ...Array(199).fill(0)])
    expect(lab.nowMs).toBe(startedMs)
  })

  test('goes on without members that do not rejoin within the longest rebalance timeout', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', rebalanceTimeoutMs: 20_000, sessionTimeoutMs: 60_000 })
    lab.join({ newMemberId: 'b', rebalanceTimeoutMs: 30_000, sessionTimeoutMs: 60_000 })
    lab.advance(6_000)
    lab.settle()
    const third = lab.join({ newMemberId: 'c', rebalanceTimeoutMs: 5_000 })
    lab.advance(29_999)
    expect(lab.joins.has(third)).toBe(false)
    lab.advance(1)
    expect(lab.joined(third)).toMatchObject({ leader: 'c', members: [{ memberId: 'c' }] })
    expect(lab.beat('a', 1)).toBe(ErrorCode.unknownMemberId)
  })

  test('goes on when a member that was waited for leaves', () => {
    const lab = stableLab(['a', 'b'])
    const ticket = lab.join({ memberId: 'a' })
    lab.leave('b')
    expect(lab.joined(ticket)).toMatchObject({ generationId: 2, members: [{ memberId: 'a' }] })
  })

  test('makes a member that has joined the leader when the leader goes', () => {
    const lab = stableLab(['a', 'b', 'c'])
    const second = lab.join({ memberId: 'b', protocols: rangeOn('payments') })
    lab.leave('a')
    lab.join({ memberId: 'c' })
    expect(lab.joined(second)).toMatchObject({ leader: 'b', generationId: 2 })
  })

  test('keeps the leader that it has, even if somebody else came first', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', groupInstanceId: 'i', sessionTimeoutMs: 600_000 })
    lab.join({ newMemberId: 'b', sessionTimeoutMs: 600_000 })
    lab.advance(6_000)
    lab.settle()
    lab.join({ memberId: 'b', protocols: rangeOn('payments') })
    lab.advance(60_000)
    expect(lab.group).toMatchObject({ state: 'CompletingRebalance', leaderId: 'b' })
    lab.join({ memberId: 'b' })
    expect(lab.joined(lab.join({ memberId: 'a', groupInstanceId: 'i' })).leader).toBe('b')
  })

  test('waits on while only static members are left and none of them has rejoined', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', groupInstanceId: 'i', sessionTimeoutMs: 600_000 })
    lab.join({ newMemberId: 'b' })
    lab.advance(6_000)
    lab.settle()
    lab.leave('b')
    lab.advance(300_000)
    expect(lab.group).toMatchObject({ state: 'PreparingRebalance', generation: 1 })
    const ticket = lab.join({ memberId: 'a', groupInstanceId: 'i' })
    expect(lab.joined(ticket).generationId).toBe(2)
  })

  test('keeps static members that are away', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', groupInstanceId: 'i', sessionTimeoutMs: 600_000 })
    lab.join({ newMemberId: 'b' })
    lab.advance(6_000)
    lab.settle()
    const ticket = lab.join({ memberId: 'b', protocols: rangeOn('payments') })
    lab.advance(60_000)
    expect(lab.joined(ticket)).toMatchObject({ leader: 'b', members: [{ memberId: 'a' }, { memberId: 'b' }] })
  })

  test('interrupts one that awaits the assignment: parked syncs are told to rejoin', () => {
    const lab = new GroupLab().gather(['a', 'b'])
    const parked = lab.sync('b')
    lab.join({ newMemberId: 'c' })
    expect(lab.synced(parked).errorCode).toBe(ErrorCode.rebalanceInProgress)
  })

  test('follows the start of a node whose groups may be smaller now', () => {
    const lab = stableLab(['a', 'b'])
    Object.assign(lab.settings, { membersMax: 1 })
    lab.perform(resume(lab.group, lab.moment))
    expect(lab.group.state).toBe('PreparingRebalance')
  })
})

describe('a session', () => {
  test('ends when the member is silent for its timeout, and the others divide its work', () => {
    const lab = stableLab(['a', 'b'])
    lab.advance(9_000)
    lab.beat('a')
    lab.advance(1_000)
    expect([...lab.group.members.keys()]).toEqual(['a'])
    expect(lab.beat('a')).toBe(ErrorCode.rebalanceInProgress)
  })

  test.each(['heartbeat', 'sync', 'rejoin'])('goes on with a %s', sign => {
    const lab = stableLab(['a', 'b'])
    lab.advance(9_000)
    if (sign === 'heartbeat') lab.beat('b')
    if (sign === 'sync') lab.sync('b')
    if (sign === 'rejoin') lab.join({ memberId: 'b' })
    lab.advance(9_000)
    expect([...lab.group.members.keys()]).toEqual(['b'])
  })

  test('stands still while the member waits for a rebalance', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', sessionTimeoutMs: 6_000 })
    lab.join({ newMemberId: 'b', sessionTimeoutMs: 60_000 })
    lab.advance(6_000)
    lab.settle()
    const ticket = lab.join({ memberId: 'a', sessionTimeoutMs: 6_000 })
    lab.advance(50_000)
    expect(lab.joins.has(ticket)).toBe(false)
    lab.join({ memberId: 'b' })
    expect(lab.joined(ticket).errorCode).toBe(ErrorCode.none)
    lab.advance(5_999)
    expect(lab.beat('a')).toBe(ErrorCode.none)
  })

  test('stands still while the member waits for its assignment', () => {
    const lab = new GroupLab().gather(['a', 'b'], { sessionTimeoutMs: 20_000 })
    const parked = lab.sync('b')
    lab.advance(19_000)
    lab.beat('a')
    lab.advance(19_000)
    lab.sync('a')
    expect(lab.synced(parked).errorCode).toBe(ErrorCode.none)
    lab.advance(19_999)
    expect(lab.group.members.has('b')).toBe(true)
  })

  test('of a new member ends when its first join waits too long, for its client may be gone', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', sessionTimeoutMs: 1_800_000, rebalanceTimeoutMs: 1_800_000 })
    lab.advance(3_000)
    lab.settle()
    const ticket = lab.join({ newMemberId: 'b' })
    lab.advance(300_000)
    expect(lab.joined(ticket).errorCode).toBe(ErrorCode.unknownMemberId)
    expect(lab.group.members.has('b')).toBe(false)
  })
})

describe('leaving', () => {
  test('several at once causes one rebalance, and each has its own result', () => {
    const lab = stableLab(['a', 'b', 'c'])
    expect(lab.leave('b', 'x', 'c')).toEqual([ErrorCode.none, ErrorCode.unknownMemberId, ErrorCode.none])
    expect(lab.joined(lab.join({ memberId: 'a' }))).toMatchObject({ generationId: 2, members: [{ memberId: 'a' }] })
  })

  test('by instance id needs no member id: an administrator removes static members so', () => {
    const lab = new GroupLab().gather(['a'], { groupInstanceId: 'i' }).settle()
    const leaving = { memberId: '', reason: 'decommissioned' }
    expect(lab.leaveAs({ ...leaving, groupInstanceId: 'j' }, { ...leaving, groupInstanceId: 'i' })).toEqual([
      ErrorCode.unknownMemberId,
      ErrorCode.none,
    ])
    expect(lab.group.state).toBe('Empty')
  })

  test('without either id is an error', () => {
    expect(stableLab(['a']).leave('')).toEqual([ErrorCode.unknownMemberId])
  })

  test('of the last member saves the empty group with its new generation', () => {
    const lab = stableLab(['a'])
    lab.leave('a')
    const nobody = { protocolName: null, leaderId: null, members: [] }
    expect(lab.records.at(-1)).toMatchObject({ generation: 2, protocolType: 'consumer', ...nobody })
  })

  test('answers the parked requests of those who are gone', () => {
    const lab = new GroupLab().gather(['a', 'b'])
    const parked = lab.sync('b')
    lab.leave('b')
    expect(lab.synced(parked).errorCode).toBe(ErrorCode.unknownMemberId)
  })
})
