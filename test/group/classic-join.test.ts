import { describe, expect, test } from 'vitest'
import { pendingMembersMax } from '../../src/group/settings.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { rangeOn } from './group-fixture.ts'
import { GroupLab, stableLab } from './group-lab.ts'

const protocolsNamed = (...names: string[]) => names.map(name => ({ name, metadata: Buffer.from(name) }))

describe('a member that must know its id', () => {
  test('is given one and joins with it', () => {
    const lab = new GroupLab()
    const first = lab.join({ newMemberId: 'a', mustKnowId: true })
    expect(lab.joined(first)).toMatchObject({ errorCode: ErrorCode.memberIdRequired, memberId: 'a' })
    const second = lab.join({ memberId: 'a', mustKnowId: true })
    lab.advance(3_000)
    expect(lab.joined(second)).toMatchObject({ errorCode: ErrorCode.none, memberId: 'a', generationId: 1 })
  })

  test('is forgotten when it does not come back within its session timeout', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', mustKnowId: true })
    lab.advance(10_000)
    expect(lab.joined(lab.join({ memberId: 'a' })).errorCode).toBe(ErrorCode.unknownMemberId)
  })

  test('is waited for by a rebalance', () => {
    const lab = stableLab(['a'])
    lab.join({ newMemberId: 'b', mustKnowId: true })
    const leader = lab.join({ memberId: 'a' })
    expect(lab.joins.has(leader)).toBe(false)
    lab.join({ memberId: 'b' })
    expect(lab.joined(leader).members.map(member => member.memberId)).toEqual(['a', 'b'])
  })

  test('does not hold a rebalance up once it is forgotten', () => {
    const lab = stableLab(['a'])
    lab.join({ newMemberId: 'b', mustKnowId: true })
    const leader = lab.join({ memberId: 'a' })
    lab.advance(10_000)
    expect(lab.joined(leader).members).toHaveLength(1)
  })

  test('does not hold a rebalance up once it has left', () => {
    const lab = stableLab(['a'])
    lab.join({ newMemberId: 'b', mustKnowId: true })
    const leader = lab.join({ memberId: 'a' })
    lab.leave('b')
    expect(lab.joined(leader).members).toHaveLength(1)
  })

  test('may leave before it has joined, which disturbs nobody', () => {
    const lab = stableLab(['a'])
    lab.join({ newMemberId: 'b', mustKnowId: true })
    expect(lab.leave('b')).toEqual([ErrorCode.none])
    expect(lab.group.state).toBe('Stable')
    expect(lab.joined(lab.join({ memberId: 'b' })).errorCode).toBe(ErrorCode.unknownMemberId)
  })

  test('is turned away when too many others have been given ids that they do not use', () => {
    const lab = new GroupLab()
    for (let count = 0; count < pendingMembersMax; count++) lab.join({ newMemberId: `m${count}`, mustKnowId: true })
    const ticket = lab.join({ newMemberId: 'n', mustKnowId: true })
    expect(lab.joined(ticket).errorCode).toBe(ErrorCode.groupMaxSizeReached)
  })

  test('cannot come back as a static member', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a', mustKnowId: true })
    const ticket = lab.join({ memberId: 'a', groupInstanceId: 'i' })
    expect(lab.joined(ticket).errorCode).toBe(ErrorCode.unknownMemberId)
  })
})

describe('the answer to a join', () => {
  test('tells the leader all members with their metadata, and the others nobody', () => {
    const lab = new GroupLab()
    const first = lab.join({ newMemberId: 'a', protocols: rangeOn('orders') })
    const second = lab.join({ newMemberId: 'b', groupInstanceId: 'i', protocols: rangeOn('payments') })
    lab.advance(6_000)
    expect(lab.joined(first)).toEqual({
      errorCode: ErrorCode.none,
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: 'a',
      skipAssignment: false,
      memberId: 'a',
      members: [
        { memberId: 'a', groupInstanceId: null, metadata: rangeOn('orders')[0]?.metadata },
        { memberId: 'b', groupInstanceId: 'i', metadata: rangeOn('payments')[0]?.metadata },
      ],
    })
    expect(lab.joined(second)).toMatchObject({ leader: 'a', memberId: 'b', members: [] })
  })

  test('is the current generation for a follower that rejoins a stable group unchanged', () => {
    const lab = stableLab(['a', 'b'])
    expect(lab.joined(lab.join({ memberId: 'b' }))).toMatchObject({ generationId: 1, leader: 'a', members: [] })
  })

  test('is given again, members and all, to a leader that did not get it', () => {
    const lab = new GroupLab().gather(['a', 'b'])
    expect(lab.joined(lab.join({ memberId: 'a' })).members).toHaveLength(2)
  })

  test('goes to the newest join of a member; the one before is sent away', () => {
    const lab = stableLab(['a', 'b'])
    const first = lab.join({ memberId: 'a' })
    const second = lab.join({ memberId: 'a' })
    expect(lab.joined(first).errorCode).toBe(ErrorCode.rebalanceInProgress)
    lab.join({ memberId: 'b' })
    expect(lab.joined(second)).toMatchObject({ errorCode: ErrorCode.none, generationId: 2 })
  })
})

describe('the protocol of a generation', () => {
  test('is the one that most members prefer among those that all know', () => {
    const lab = new GroupLab()
    const first = lab.join({ newMemberId: 'a', protocols: protocolsNamed('x', 'range', 'sticky') })
    lab.join({ newMemberId: 'b', protocols: protocolsNamed('sticky', 'range') })
    lab.join({ newMemberId: 'c', protocols: protocolsNamed('sticky', 'range', 'x') })
    lab.advance(6_000)
    expect(lab.joined(first).protocolName).toBe('sticky')
  })

  test('keeps those out who do not know it', () => {
    const lab = stableLab(['a'])
    const ticket = lab.join({ protocols: protocolsNamed('sticky') })
    expect(lab.joined(ticket).errorCode).toBe(ErrorCode.inconsistentGroupProtocol)
  })

  test('keeps members of another type out while there is anybody', () => {
    const lab = stableLab(['a'])
    expect(lab.joined(lab.join({ protocolType: 'connect' })).errorCode).toBe(ErrorCode.inconsistentGroupProtocol)
    lab.leave('a')
    const ticket = lab.join({ protocolType: 'connect', protocols: protocolsNamed('eager') })
    lab.advance(3_000)
    expect(lab.joined(ticket)).toMatchObject({ protocolType: 'connect', protocolName: 'eager' })
  })

  test.each([{ protocolType: '' }, { protocols: [] }])('has to be named: %o', changes => {
    const lab = new GroupLab()
    expect(lab.joined(lab.join(changes)).errorCode).toBe(ErrorCode.inconsistentGroupProtocol)
  })
})

describe('a full group', () => {
  const settings = { membersMax: 2 }

  test('takes nobody new, but keeps its members', () => {
    const lab = stableLab(['a', 'b'], settings)
    expect(lab.joined(lab.join({}))).toMatchObject({ errorCode: ErrorCode.groupMaxSizeReached, memberId: '' })
    expect(lab.joined(lab.join({ memberId: 'b' })).errorCode).toBe(ErrorCode.none)
  })

  test('takes a static member back', () => {
    const lab = new GroupLab(settings).gather(['a'], { groupInstanceId: 'i' })
    Object.assign(lab.settings, { membersMax: 1 })
    lab.settle()
    expect(lab.joined(lab.join({ newMemberId: 'a2', groupInstanceId: 'i' })).errorCode).toBe(ErrorCode.none)
    expect(lab.joined(lab.join({ groupInstanceId: 'j' })).errorCode).toBe(ErrorCode.groupMaxSizeReached)
  })

  test('that became too large drops those who rejoin last', () => {
    const lab = stableLab(['a', 'b'], settings)
    Object.assign(lab.settings, { membersMax: 1 })
    const first = lab.join({ memberId: 'a' })
    const second = lab.join({ memberId: 'b' })
    expect(lab.joined(second).errorCode).toBe(ErrorCode.groupMaxSizeReached)
    expect(lab.joined(first).members.map(member => member.memberId)).toEqual(['a'])
  })
})

describe('a static member that comes back', () => {
  const returning = { groupInstanceId: 'i', newMemberId: 'b2' }
  const staticLab = (): GroupLab => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a' })
    lab.join({ newMemberId: 'b1', groupInstanceId: 'i' })
    lab.advance(6_000)
    return lab.settle()
  }

  test('takes its place in a stable group under a new id, with its assignment, without a rebalance', () => {
    const lab = staticLab()
    const ticket = lab.join(returning)
    expect(lab.joined(ticket)).toMatchObject({
      errorCode: ErrorCode.none,
      generationId: 1,
      memberId: 'b2',
      leader: 'a',
    })
    expect(lab.group.state).toBe('Stable')
    expect(lab.synced(lab.sync('b2', { groupInstanceId: 'i' })).assignment.toString()).toBe('b1')
  })

  test('is answered when its new id is durable', () => {
    const lab = staticLab()
    lab.isDiskHeld = true
    const ticket = lab.join(returning)
    expect(lab.joins.has(ticket)).toBe(false)
    expect(lab.records.at(-1)?.members.map(member => member.memberId)).toEqual(['a', 'b2'])
    lab.commit()
    expect(lab.joins.has(ticket)).toBe(true)
  })

  test('is answered by the rebalance that began before its new id was durable', () => {
    const lab = staticLab()
    lab.isDiskHeld = true
    const ticket = lab.join(returning)
    const leader = lab.join({ memberId: 'a' })
    expect(lab.joined(leader).generationId).toBe(2)
    expect(lab.joined(ticket)).toMatchObject({ generationId: 2, memberId: 'b2' })
    lab.commit()
  })

  test('is not answered with a generation that is about to end', () => {
    const lab = staticLab()
    lab.isDiskHeld = true
    const ticket = lab.join(returning)
    lab.join({ newMemberId: 'c' })
    lab.commit()
    expect(lab.joins.has(ticket)).toBe(false)
    lab.join({ memberId: 'a' })
    expect(lab.joined(ticket).generationId).toBe(2)
  })

  test('has a session of its own', () => {
    const lab = staticLab()
    lab.join({ ...returning, sessionTimeoutMs: 8_000 })
    lab.advance(8_000)
    expect([...lab.group.members.keys()]).toEqual(['a'])
  })

  test('fences its former self, whatever that asks for', () => {
    const lab = staticLab()
    lab.join(returning)
    expect(lab.beat('b1', 1, 'i')).toBe(ErrorCode.fencedInstanceId)
    const rejoin = lab.join({ memberId: 'b1', groupInstanceId: 'i' })
    expect(lab.joined(rejoin).errorCode).toBe(ErrorCode.fencedInstanceId)
    const sync = lab.sync('b1', { groupInstanceId: 'i' })
    expect(lab.synced(sync).errorCode).toBe(ErrorCode.fencedInstanceId)
    expect(lab.leaveAs({ memberId: 'b1', groupInstanceId: 'i', reason: null })).toEqual([ErrorCode.fencedInstanceId])
  })

  test('sends the parked join of its former self away', () => {
    const lab = staticLab()
    const parked = lab.join({ memberId: 'b1', groupInstanceId: 'i', protocols: rangeOn('payments') })
    lab.join(returning)
    expect(lab.joined(parked).errorCode).toBe(ErrorCode.fencedInstanceId)
  })

  test('sends the parked sync of its former self away and starts a rebalance, for the leader knows the old id', () => {
    const lab = staticLab()
    lab.join({ memberId: 'a' })
    lab.join({ memberId: 'b1', groupInstanceId: 'i' })
    const parked = lab.sync('b1', { groupInstanceId: 'i' })
    const ticket = lab.join(returning)
    expect(lab.synced(parked).errorCode).toBe(ErrorCode.fencedInstanceId)
    expect(lab.group.state).toBe('PreparingRebalance')
    lab.join({ memberId: 'a' })
    expect(lab.joined(ticket)).toMatchObject({ generationId: 3, memberId: 'b2' })
  })

  test('starts a rebalance when it reads other topics', () => {
    const lab = staticLab()
    lab.join({ ...returning, protocols: rangeOn('orders', 'payments') })
    expect(lab.group.state).toBe('PreparingRebalance')
  })

  test('starts a rebalance when the group would choose another protocol', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a1', groupInstanceId: 'i', protocols: protocolsNamed('range', 'sticky') })
    lab.advance(3_000)
    lab.settle()
    const ticket = lab.join({ newMemberId: 'a2', groupInstanceId: 'i', protocols: protocolsNamed('sticky', 'range') })
    expect(lab.joined(ticket)).toMatchObject({ generationId: 2, protocolName: 'sticky' })
  })

  test('joins a rebalance that is under way', () => {
    const lab = staticLab()
    const leader = lab.join({ memberId: 'a' })
    const ticket = lab.join(returning)
    expect(lab.joined(ticket)).toMatchObject({ generationId: 2, memberId: 'b2' })
    expect(lab.joined(leader).members.map(member => member.memberId)).toEqual(['a', 'b2'])
  })

  test('as leader is told from version 9 on that the assignment stays', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a1', groupInstanceId: 'i' })
    lab.advance(3_000)
    lab.settle()
    const ticket = lab.join({ newMemberId: 'a2', groupInstanceId: 'i', maySkipAssignment: true })
    expect(lab.joined(ticket)).toMatchObject({ leader: 'a2', skipAssignment: true, members: [{ memberId: 'a2' }] })
  })

  test('as leader does not learn before version 9 that it leads', () => {
    const lab = new GroupLab()
    lab.join({ newMemberId: 'a1', groupInstanceId: 'i' })
    lab.advance(3_000)
    lab.settle()
    const ticket = lab.join({ newMemberId: 'a2', groupInstanceId: 'i' })
    expect(lab.joined(ticket)).toMatchObject({ leader: 'a1', skipAssignment: false, members: [] })
    expect(lab.group.leaderId).toBe('a2')
  })

  test('shows from where it came', () => {
    const lab = staticLab()
    lab.join({ ...returning, clientId: 'other', clientHost: '/10.0.0.9' })
    expect(lab.group.members.get('b2')).toMatchObject({ clientId: 'other', clientHost: '/10.0.0.9' })
  })
})
