import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { rangeOn } from './group-fixture.ts'
import { GroupLab, stableLab } from './group-lab.ts'

const assigned = (...memberIds: string[]) => ({
  assignments: memberIds.map(memberId => ({ memberId, assignment: Buffer.from(`for ${memberId}`) })),
})

test('followers that ask before the leader wait for it', () => {
  const lab = new GroupLab().gather(['a', 'b'])
  const follower = lab.sync('b')
  expect(lab.syncs.has(follower)).toBe(false)
  const leader = lab.sync('a', assigned('a', 'b'))
  expect(lab.synced(leader).assignment.toString()).toBe('for a')
  expect(lab.synced(follower)).toEqual({
    errorCode: ErrorCode.none,
    protocolType: 'consumer',
    protocolName: 'range',
    assignment: Buffer.from('for b'),
  })
})

test('followers that ask later get what the leader gave them', () => {
  const lab = new GroupLab().gather(['a', 'b'])
  lab.sync('a', assigned('a', 'b'))
  expect(lab.synced(lab.sync('b')).assignment.toString()).toBe('for b')
})

test('an assignment is given out when it is durable', () => {
  const lab = new GroupLab().gather(['a', 'b'])
  lab.isDiskHeld = true
  const leader = lab.sync('a', assigned('a', 'b'))
  expect(lab.group.state).toBe('CompletingRebalance')
  expect(lab.records.at(-1)).toMatchObject({
    generation: 1,
    members: [{ assignment: Buffer.from('for a') }, { assignment: Buffer.from('for b') }],
  })
  lab.commit()
  expect(lab.synced(leader).errorCode).toBe(ErrorCode.none)
  expect(lab.group.state).toBe('Stable')
})

test('an assignment that becomes durable after the next rebalance began is void', () => {
  const lab = new GroupLab().gather(['a', 'b'])
  lab.isDiskHeld = true
  const leader = lab.sync('a', assigned('a', 'b'))
  lab.join({ memberId: 'b', protocols: rangeOn('payments') })
  expect(lab.synced(leader).errorCode).toBe(ErrorCode.rebalanceInProgress)
  lab.join({ memberId: 'a' })
  lab.commit()
  expect(lab.group).toMatchObject({ state: 'CompletingRebalance', generation: 2 })
})

test('a leader that asks again while its assignment is being saved cannot change it any more', () => {
  const lab = new GroupLab().gather(['a'])
  lab.isDiskHeld = true
  const first = lab.sync('a', assigned('a'))
  const second = lab.sync('a', { assignments: [{ memberId: 'a', assignment: Buffer.from('other') }] })
  lab.commit()
  expect(lab.synced(first).errorCode).toBe(ErrorCode.rebalanceInProgress)
  expect(lab.synced(second).assignment.toString()).toBe('for a')
  expect(lab.records.at(-1)?.members[0]?.assignment.toString()).toBe('for a')
})

test('members that the leader forgot get nothing, and strangers are not remembered', () => {
  const lab = new GroupLab().gather(['a', 'b'])
  lab.sync('a', assigned('a', 'stranger'))
  expect(lab.synced(lab.sync('b')).assignment).toHaveLength(0)
  expect(lab.records.at(-1)?.members.map(member => member.memberId)).toEqual(['a', 'b'])
})

test('members that do not ask within the rebalance timeout are removed', () => {
  const lab = new GroupLab().gather(['a', 'b'], { sessionTimeoutMs: 100_000 })
  lab.sync('a', assigned('a', 'b'))
  lab.advance(59_999)
  expect(lab.group.state).toBe('Stable')
  lab.advance(1)
  expect(lab.group.state).toBe('PreparingRebalance')
  expect([...lab.group.members.keys()]).toEqual(['a'])
})

test('members that have not asked for their part of one generation have all the time of the next rebalance', () => {
  const lab = new GroupLab().gather(['a', 'b'], { sessionTimeoutMs: 300_000 })
  lab.sync('a', assigned('a', 'b'))
  lab.advance(50_000)
  lab.join({ newMemberId: 'c', sessionTimeoutMs: 300_000 })
  lab.advance(59_999)
  expect([...lab.group.members.keys()]).toEqual(['a', 'b', 'c'])
  lab.advance(1)
  expect([...lab.group.members.keys()]).toEqual(['c'])
})

test('a static member that comes back has to ask for its part as its former self had to', () => {
  const lab = new GroupLab()
  lab.join({ newMemberId: 'a', sessionTimeoutMs: 300_000 })
  lab.join({ newMemberId: 'b1', groupInstanceId: 'i', sessionTimeoutMs: 300_000 })
  lab.advance(6_000)
  lab.sync('a', assigned('a', 'b1'))
  lab.join({ newMemberId: 'b2', groupInstanceId: 'i', sessionTimeoutMs: 300_000 })
  lab.advance(60_000)
  expect([...lab.group.members.keys()]).toEqual(['a'])
})

test('a leader that does not divide the work is removed, and the others rejoin', () => {
  const lab = new GroupLab().gather(['a', 'b'], { sessionTimeoutMs: 100_000 })
  const parked = lab.sync('b')
  lab.advance(60_000)
  expect(lab.synced(parked).errorCode).toBe(ErrorCode.rebalanceInProgress)
  expect(lab.joined(lab.join({ memberId: 'b' }))).toMatchObject({ leader: 'b', generationId: 2 })
})

test.each([
  ['a stranger', 'x', {}, ErrorCode.unknownMemberId],
  ['an old generation', 'a', { generationId: 0 }, ErrorCode.illegalGeneration],
  ['another protocol type', 'a', { protocolType: 'connect' }, ErrorCode.inconsistentGroupProtocol],
  ['another protocol', 'a', { protocolName: 'sticky' }, ErrorCode.inconsistentGroupProtocol],
  ['an unknown instance', 'a', { groupInstanceId: 'i' }, ErrorCode.unknownMemberId],
  ['the right protocol', 'a', { protocolType: 'consumer', protocolName: 'range' }, ErrorCode.none],
])('a sync with %s is answered accordingly', (_what, memberId, changes, errorCode) => {
  const lab = stableLab(['a'])
  expect(lab.synced(lab.sync(memberId, changes)).errorCode).toBe(errorCode)
})
