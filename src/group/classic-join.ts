import { ErrorCode } from '../protocol/errors.ts'
import {
  addMember,
  answerJoin,
  clientReason,
  type Identity,
  identityError,
  parkJoin,
  removeMember,
  replaceMember,
  setDeadline,
  touch,
} from './classic-members.ts'
import { completeJoinIfAllJoined, generationAnswer, isLeader, joinedMembers, rebalance } from './classic-rebalance.ts'
import {
  beginTurn,
  type ClassicGroup,
  type Effect,
  emptyAssignment,
  type JoinAnswer,
  joinRefusal,
  type Member,
  type MemberProtocol,
  type Moment,
  type Replacement,
  type Ticket,
  type Turn,
  wakeBy,
} from './classic-state.ts'
import { recordOf } from './group-record.ts'
import { countProtocols, electProtocol, fitsProtocols, metadataFor, sameProtocols } from './protocol-vote.ts'
import { newMemberJoinTimeoutMs, pendingMembersMax } from './settings.ts'
import { subscribedTopics } from './subscription.ts'

export interface JoinRequest extends Identity {
  readonly ticket: Ticket
  /** The id to give to somebody who comes without one. */
  readonly newMemberId: string
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  /** Why the client joins, in its words. */
  readonly reason: string | null
  /** KIP-394, JoinGroup v4: a new dynamic member is given an id first and has to come again with it. */
  readonly mustKnowId: boolean
  /** KIP-814, JoinGroup v9: a returning static leader can be told to keep the assignment as it is. */
  readonly maySkipAssignment: boolean
}

/** A member comes, or comes back. Its answer is parked until the group has a new generation, where it has to. */
export function join(group: ClassicGroup, request: JoinRequest, moment: Moment): Effect[] {
  const turn = beginTurn(moment)
  const { memberId, ticket } = request
  const answer = (answer: JoinAnswer): void => void turn.effects.push({ kind: 'answerJoin', ticket, answer })
  if (group.state === 'Dead') {
    answer(joinRefusal(ErrorCode.coordinatorNotAvailable, memberId))
  } else if (!hasRoom(group, request, turn)) {
    removeMember(group, memberId, turn)
    answer(joinRefusal(ErrorCode.groupMaxSizeReached, ''))
    completeJoinIfAllJoined(group, turn)
  } else if (!fitsProtocols(group, request.protocolType, request.protocols)) {
    answer(joinRefusal(ErrorCode.inconsistentGroupProtocol, memberId))
  } else if (memberId === '') {
    joinUnknown(group, request, turn, answer)
  } else {
    joinKnown(group, request, turn, answer)
  }
  return turn.effects
}

/** Members above `group.max.size` are kept out; while the group rebalances, those who come last. */
function hasRoom(group: ClassicGroup, { memberId, groupInstanceId }: JoinRequest, turn: Turn): boolean {
  const { membersMax } = turn.settings
  // A static member that comes back takes its own place. (Kafka turns it away from a full group.)
  const member = group.members.get(memberId) ?? staticMember(group, groupInstanceId)
  switch (group.state) {
    case 'PreparingRebalance':
      return (member !== undefined && member.joinTicket !== null) || group.joining < membersMax
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.members.size < membersMax
    default:
      return true
  }
}

type Answer = (answer: JoinAnswer) => void

function joinUnknown(group: ClassicGroup, request: JoinRequest, turn: Turn, answer: Answer): void {
  const { groupInstanceId, newMemberId } = request
  if (groupInstanceId !== null) {
    const owner = staticMember(group, groupInstanceId)
    if (owner) replaceStatic(group, owner, request, turn)
    else admit(group, newMemberId, request, turn)
  } else if (!request.mustKnowId) {
    admit(group, newMemberId, request, turn)
  } else if (group.pendingMembers.size >= pendingMembersMax) {
    answer(joinRefusal(ErrorCode.groupMaxSizeReached, ''))
  } else {
    const lapsesMs = turn.nowMs + request.sessionTimeoutMs
    group.pendingMembers.set(newMemberId, lapsesMs)
    wakeBy(group, lapsesMs)
    answer(joinRefusal(ErrorCode.memberIdRequired, newMemberId))
  }
}

function staticMember(group: ClassicGroup, groupInstanceId: string | null): Member | undefined {
  const memberId = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId)
  return memberId === undefined ? undefined : group.members.get(memberId)
}

function joinKnown(group: ClassicGroup, request: JoinRequest, turn: Turn, answer: Answer): void {
  const { memberId } = request
  if (group.pendingMembers.has(memberId) && request.groupInstanceId === null) {
    admit(group, memberId, request, turn)
    return
  }
  const errorCode = identityError(group, request)
  const member = group.members.get(memberId)
  if (errorCode !== ErrorCode.none || !member) {
    answer(joinRefusal(errorCode, memberId))
    return
  }
  // It may come again because the answer got lost; a leader of a stable group does to have the work divided anew.
  const unchanged = sameProtocols(member.protocols, request.protocols)
  const isCurrent =
    unchanged && (group.state === 'CompletingRebalance' || (group.state === 'Stable' && !isLeader(group, member)))
  if (isCurrent) {
    touch(group, member, turn)
    answer(generationAnswer(group, member, isLeader(group, member) ? joinedMembers(group) : []))
    return
  }
  update(group, member, request, turn)
  rebalance(group, `member '${memberId}' rejoins: ${clientReason(request.reason)}`, turn)
}

function admit(group: ClassicGroup, memberId: string, request: JoinRequest, turn: Turn): void {
  if (group.members.size === 0) group.protocolType = request.protocolType
  if (group.initialDelay) group.initialDelay.memberJoined = true
  const member = newMember(memberId, request)
  addMember(group, member)
  parkJoin(group, member, request.ticket, turn)
  setDeadline(group, member, turn.nowMs + newMemberJoinTimeoutMs)
  rebalance(group, `member '${memberId}' joins: ${clientReason(request.reason)}`, turn)
}

function newMember(memberId: string, request: JoinRequest): Member {
  return {
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: request.protocols,
    assignment: emptyAssignment,
    joinTicket: null,
    syncTicket: null,
    isNew: true,
    deadlineMs: Number.POSITIVE_INFINITY,
  }
}

function update(group: ClassicGroup, member: Member, request: JoinRequest, turn: Turn): void {
  countProtocols(group, member.protocols, -1)
  member.protocols = request.protocols
  countProtocols(group, member.protocols, 1)
  member.sessionTimeoutMs = request.sessionTimeoutMs
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
  parkJoin(group, member, request.ticket, turn)
}

/** KIP-345: a restarted static member takes its place again under a new id, without a rebalance if nothing changes. */
function replaceStatic(group: ClassicGroup, previous: Member, request: JoinRequest, turn: Turn): void {
  const { groupInstanceId, newMemberId, ticket } = request
  const formerLeaderId = group.leaderId
  const member = { ...newMember(newMemberId, request), assignment: previous.assignment, isNew: false }
  replaceMember(group, previous, member, turn)
  parkJoin(group, member, ticket, turn)
  const reason = `static member '${groupInstanceId}' returns: ${clientReason(request.reason)}`
  if (group.state === 'Stable' && staysTheSame(group, previous, member)) {
    const { maySkipAssignment } = request
    const saved = { kind: 'replacement', memberId: newMemberId, ticket, formerLeaderId, maySkipAssignment } as const
    turn.effects.push({ kind: 'saveGroup', record: recordOf(group), saved })
  } else {
    // In CompletingRebalance too: the leader may be dividing the work among ids of which one is gone by now.
    rebalance(group, reason, turn)
  }
}

/**
 * Whether the group can keep its assignment. The metadata may differ in what an assignor noted in it; only the choice
 * of the protocol and the topics count. (Kafka looks at the former alone, so that a member which returns with other
 * topics gets none of them until somebody else starts a rebalance.)
 */
function staysTheSame(group: ClassicGroup, previous: Member, next: Member): boolean {
  if (electProtocol(group) !== group.protocolName) return false
  const before = subscribedTopics(metadataFor(previous, group.protocolName))
  const now = subscribedTopics(metadataFor(next, group.protocolName))
  return before === null || now === null || new Set(before).symmetricDifference(new Set(now)).size === 0
}

/** The returned static member is durable: it learns the generation, unless a rebalance has begun that will tell it. */
export function replacementSaved(group: ClassicGroup, saved: Replacement, turn: Turn): void {
  const member = group.members.get(saved.memberId)
  if (group.state !== 'Stable' || member?.joinTicket !== saved.ticket) return
  const skips = saved.maySkipAssignment && isLeader(group, member)
  const answer = generationAnswer(group, member, skips ? joinedMembers(group) : [], skips)
  // Before v9 a returning leader cannot be told to leave the assignment alone, so it does not learn that it leads.
  const leader = saved.maySkipAssignment ? answer.leader : (saved.formerLeaderId ?? '')
  answerJoin(group, member, { ...answer, leader }, turn)
  touch(group, member, turn)
}
