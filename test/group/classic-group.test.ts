import { describe, expect, test } from 'vitest'
import { afterSave, bury, checkCommit } from '../../src/group/classic-group.ts'
import type { GroupState } from '../../src/group/classic-state.ts'
import { ErrorCode, errorName } from '../../src/protocol/errors.ts'
import { rangeOn } from './group-fixture.ts'
import { errorOf, GroupLab, stableLab } from './group-lab.ts'

/** A group in each state. Where it has members, they are the leader `a` and the follower `b`. */
const groups: Record<GroupState, () => GroupLab> = {
  Empty: () => new GroupLab(),
  // `c` came, `a` and `b` have not rejoined yet.
  PreparingRebalance: () => {
    const lab = stableLab(['a', 'b'])
    lab.join({ newMemberId: 'c' })
    return lab
  },
  CompletingRebalance: () => new GroupLab().gather(['a', 'b']),
  Stable: () => stableLab(['a', 'b']),
  Dead: () => {
    const lab = new GroupLab()
    bury(lab.group, lab.moment)
    return lab
  },
}

const join = (lab: GroupLab, changes: Parameters<GroupLab['join']>[0]): number | 'parked' => {
  const ticket = lab.join(changes)
  return lab.joins.get(ticket)?.errorCode ?? 'parked'
}
const sync = (lab: GroupLab, memberId: string): number | 'parked' => {
  const ticket = lab.sync(memberId)
  return lab.syncs.get(ticket)?.errorCode ?? 'parked'
}
const commit = (lab: GroupLab, memberId: string, generationId: number): number =>
  errorOf(() => checkCommit(lab.group, { memberId, groupInstanceId: null, generationId }, lab.moment))
const passes = (lab: GroupLab, ms: number): number => {
  lab.advance(ms)
  return ErrorCode.none
}

/** What can happen to a group, and what the one who asks is told. */
const events = {
  joinOfNewMember: (lab: GroupLab) => join(lab, { newMemberId: 'n' }),
  joinOfNewMemberThatMustKnowItsId: (lab: GroupLab) => join(lab, { newMemberId: 'n', mustKnowId: true }),
  joinOfNewStaticMember: (lab: GroupLab) => join(lab, { newMemberId: 'n', groupInstanceId: 'i' }),
  joinWithOtherProtocols: (lab: GroupLab) =>
    join(lab, { newMemberId: 'n', protocols: [{ name: 'sticky', metadata: Buffer.alloc(0) }] }),
  rejoinOfLeader: (lab: GroupLab) => join(lab, { memberId: 'a' }),
  rejoinOfFollower: (lab: GroupLab) => join(lab, { memberId: 'b' }),
  rejoinOfFollowerWithNewTopics: (lab: GroupLab) => join(lab, { memberId: 'b', protocols: rangeOn('payments') }),
  syncOfLeader: (lab: GroupLab) => sync(lab, 'a'),
  syncOfFollower: (lab: GroupLab) => sync(lab, 'b'),
  heartbeat: (lab: GroupLab) => lab.beat('a'),
  commitOfMember: (lab: GroupLab) => commit(lab, 'a', lab.group.generation),
  commitOfStranger: (lab: GroupLab) => commit(lab, '', -1),
  leaveOfFollower: (lab: GroupLab) =>
    lab.group.state === 'Dead' ? errorOf(() => lab.leave('b')) : (lab.leave('b')[0] ?? 0),
  sessionEnds: (lab: GroupLab) => passes(lab, 10_000),
  rebalanceTimeoutEnds: (lab: GroupLab) => {
    for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 1_000) {
      for (const memberId of lab.group.members.keys()) lab.beat(memberId)
      lab.advance(1_000)
    }
    return ErrorCode.none
  },
  assignmentIsDurable: (lab: GroupLab) => {
    const saved = { kind: 'assignment', generation: lab.group.generation, assignments: new Map() } as const
    lab.perform(afterSave(lab.group, saved, lab.moment))
    return ErrorCode.none
  },
  deletion: (lab: GroupLab) => errorOf(() => bury(lab.group, lab.moment)),
}

type Event = keyof typeof events
type Expected = `${string} -> ${GroupState}`

const truth: Record<GroupState, Record<Event, Expected>> = {
  Empty: {
    joinOfNewMember: 'PARKED -> PreparingRebalance',
    joinOfNewMemberThatMustKnowItsId: 'MEMBER_ID_REQUIRED -> Empty',
    joinOfNewStaticMember: 'PARKED -> PreparingRebalance',
    joinWithOtherProtocols: 'PARKED -> PreparingRebalance',
    rejoinOfLeader: 'UNKNOWN_MEMBER_ID -> Empty',
    rejoinOfFollower: 'UNKNOWN_MEMBER_ID -> Empty',
    rejoinOfFollowerWithNewTopics: 'UNKNOWN_MEMBER_ID -> Empty',
    syncOfLeader: 'UNKNOWN_MEMBER_ID -> Empty',
    syncOfFollower: 'UNKNOWN_MEMBER_ID -> Empty',
    heartbeat: 'UNKNOWN_MEMBER_ID -> Empty',
    commitOfMember: 'UNKNOWN_MEMBER_ID -> Empty',
    commitOfStranger: 'NONE -> Empty',
    leaveOfFollower: 'UNKNOWN_MEMBER_ID -> Empty',
    sessionEnds: 'NONE -> Empty',
    rebalanceTimeoutEnds: 'NONE -> Empty',
    assignmentIsDurable: 'NONE -> Empty',
    deletion: 'NONE -> Dead',
  },
  PreparingRebalance: {
    joinOfNewMember: 'PARKED -> PreparingRebalance',
    joinOfNewMemberThatMustKnowItsId: 'MEMBER_ID_REQUIRED -> PreparingRebalance',
    joinOfNewStaticMember: 'PARKED -> PreparingRebalance',
    joinWithOtherProtocols: 'INCONSISTENT_GROUP_PROTOCOL -> PreparingRebalance',
    rejoinOfLeader: 'PARKED -> PreparingRebalance',
    rejoinOfFollower: 'PARKED -> PreparingRebalance',
    rejoinOfFollowerWithNewTopics: 'PARKED -> PreparingRebalance',
    syncOfLeader: 'REBALANCE_IN_PROGRESS -> PreparingRebalance',
    syncOfFollower: 'REBALANCE_IN_PROGRESS -> PreparingRebalance',
    heartbeat: 'REBALANCE_IN_PROGRESS -> PreparingRebalance',
    commitOfMember: 'NONE -> PreparingRebalance',
    commitOfStranger: 'UNKNOWN_MEMBER_ID -> PreparingRebalance',
    leaveOfFollower: 'NONE -> PreparingRebalance',
    // `a` and `b` go, and `c` has joined.
    sessionEnds: 'NONE -> CompletingRebalance',
    // `a` and `b` show signs of life but do not rejoin: the group goes on without them.
    rebalanceTimeoutEnds: 'NONE -> CompletingRebalance',
    assignmentIsDurable: 'NONE -> PreparingRebalance',
    deletion: 'NON_EMPTY_GROUP -> PreparingRebalance',
  },
  CompletingRebalance: {
    joinOfNewMember: 'PARKED -> PreparingRebalance',
    joinOfNewMemberThatMustKnowItsId: 'MEMBER_ID_REQUIRED -> CompletingRebalance',
    joinOfNewStaticMember: 'PARKED -> PreparingRebalance',
    joinWithOtherProtocols: 'INCONSISTENT_GROUP_PROTOCOL -> CompletingRebalance',
    rejoinOfLeader: 'NONE -> CompletingRebalance',
    rejoinOfFollower: 'NONE -> CompletingRebalance',
    rejoinOfFollowerWithNewTopics: 'PARKED -> PreparingRebalance',
    syncOfLeader: 'NONE -> Stable',
    syncOfFollower: 'PARKED -> CompletingRebalance',
    heartbeat: 'NONE -> CompletingRebalance',
    commitOfMember: 'REBALANCE_IN_PROGRESS -> CompletingRebalance',
    commitOfStranger: 'UNKNOWN_MEMBER_ID -> CompletingRebalance',
    leaveOfFollower: 'NONE -> PreparingRebalance',
    sessionEnds: 'NONE -> Empty',
    // Neither has synced.
    rebalanceTimeoutEnds: 'NONE -> Empty',
    assignmentIsDurable: 'NONE -> Stable',
    deletion: 'NON_EMPTY_GROUP -> CompletingRebalance',
  },
  Stable: {
    joinOfNewMember: 'PARKED -> PreparingRebalance',
    joinOfNewMemberThatMustKnowItsId: 'MEMBER_ID_REQUIRED -> Stable',
    joinOfNewStaticMember: 'PARKED -> PreparingRebalance',
    joinWithOtherProtocols: 'INCONSISTENT_GROUP_PROTOCOL -> Stable',
    rejoinOfLeader: 'PARKED -> PreparingRebalance',
    rejoinOfFollower: 'NONE -> Stable',
    rejoinOfFollowerWithNewTopics: 'PARKED -> PreparingRebalance',
    syncOfLeader: 'NONE -> Stable',
    syncOfFollower: 'NONE -> Stable',
    heartbeat: 'NONE -> Stable',
    commitOfMember: 'NONE -> Stable',
    commitOfStranger: 'UNKNOWN_MEMBER_ID -> Stable',
    leaveOfFollower: 'NONE -> PreparingRebalance',
    sessionEnds: 'NONE -> Empty',
    rebalanceTimeoutEnds: 'NONE -> Stable',
    assignmentIsDurable: 'NONE -> Stable',
    deletion: 'NON_EMPTY_GROUP -> Stable',
  },
  Dead: {
    joinOfNewMember: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    joinOfNewMemberThatMustKnowItsId: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    joinOfNewStaticMember: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    joinWithOtherProtocols: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    rejoinOfLeader: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    rejoinOfFollower: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    rejoinOfFollowerWithNewTopics: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    syncOfLeader: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    syncOfFollower: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    heartbeat: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    commitOfMember: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    commitOfStranger: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    leaveOfFollower: 'COORDINATOR_NOT_AVAILABLE -> Dead',
    sessionEnds: 'NONE -> Dead',
    rebalanceTimeoutEnds: 'NONE -> Dead',
    assignmentIsDurable: 'NONE -> Dead',
    deletion: 'GROUP_ID_NOT_FOUND -> Dead',
  },
}

describe.each(Object.keys(truth) as GroupState[])('a group in %s', state => {
  test.each(Object.keys(events) as Event[])('%s', event => {
    const lab = groups[state]()
    expect(lab.group.state).toBe(state)
    const told = events[event](lab)
    expect(`${told === 'parked' ? 'PARKED' : errorName(told)} -> ${lab.group.state}`).toBe(truth[state][event])
  })
})
