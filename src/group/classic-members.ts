import { assert } from '../base/errors.ts'
import { ErrorCode } from '../protocol/errors.ts'
import {
  type ClassicGroup,
  type JoinAnswer,
  joinRefusal,
  type Member,
  type SyncAnswer,
  syncRefusal,
  type Ticket,
  type Turn,
  wakeBy,
} from './classic-state.ts'
import { countProtocols } from './protocol-vote.ts'

/** Who speaks to the group, as requests name themselves. */
export interface Identity {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** The error for somebody who is not, or no longer, a member under this identity; `none` for a member. */
export function identityError(group: ClassicGroup, { memberId, groupInstanceId }: Identity): number {
  if (groupInstanceId !== null) {
    const owner = group.staticMembers.get(groupInstanceId)
    if (owner === undefined) return ErrorCode.unknownMemberId
    if (owner !== memberId) return ErrorCode.fencedInstanceId
  }
  return group.members.has(memberId) ? ErrorCode.none : ErrorCode.unknownMemberId
}

/** A sign of life: the member's time begins anew. */
export function touch(group: ClassicGroup, member: Member, turn: Pick<Turn, 'nowMs'>): void {
  setDeadline(group, member, turn.nowMs + member.sessionTimeoutMs)
}

export function setDeadline(group: ClassicGroup, member: Member, deadlineMs: number): void {
  member.deadlineMs = deadlineMs
  wakeBy(group, deadlineMs)
}

export function addMember(group: ClassicGroup, member: Member): void {
  if (member.groupInstanceId !== null) group.staticMembers.set(member.groupInstanceId, member.memberId)
  group.members.set(member.memberId, member)
  group.pendingMembers.delete(member.memberId)
  countProtocols(group, member.protocols, 1)
}

/** Removes a member, or an id that was only handed out. Its parked requests are told that it is unknown. */
export function removeMember(group: ClassicGroup, memberId: string, turn: Turn): void {
  group.pendingMembers.delete(memberId)
  group.pendingSyncs.delete(memberId)
  const member = group.members.get(memberId)
  if (!member) return
  answerJoin(group, member, joinRefusal(ErrorCode.unknownMemberId, ''), turn)
  answerSync(group, member, syncRefusal(ErrorCode.unknownMemberId), turn)
  group.members.delete(memberId)
  countProtocols(group, member.protocols, -1)
  if (member.groupInstanceId !== null) group.staticMembers.delete(member.groupInstanceId)
}

/**
 * Gives a static member's place (leadership, assignment, pending sync) to its next incarnation and fences the previous
 * one, whose requests may still be parked.
 */
export function replaceMember(group: ClassicGroup, previous: Member, next: Member, turn: Turn): void {
  assert(next.groupInstanceId !== null, 'only a static member is replaced')
  answerJoin(group, previous, joinRefusal(ErrorCode.fencedInstanceId, previous.memberId), turn)
  answerSync(group, previous, syncRefusal(ErrorCode.fencedInstanceId), turn)
  group.members.delete(previous.memberId)
  countProtocols(group, previous.protocols, -1)
  group.members.set(next.memberId, next)
  countProtocols(group, next.protocols, 1)
  group.staticMembers.set(next.groupInstanceId, next.memberId)
  if (group.leaderId === previous.memberId) group.leaderId = next.memberId
  if (group.pendingSyncs.delete(previous.memberId)) group.pendingSyncs.add(next.memberId)
}

/** Parks a member's JoinGroup. One that it sent before, on a connection that is probably gone, is sent away. */
export function parkJoin(group: ClassicGroup, member: Member, ticket: Ticket, turn: Turn): void {
  answerJoin(group, member, joinRefusal(ErrorCode.rebalanceInProgress, member.memberId), turn)
  member.joinTicket = ticket
  group.joining++
}

export function answerJoin(group: ClassicGroup, member: Member, answer: JoinAnswer, turn: Turn): void {
  if (member.joinTicket === null) return
  turn.effects.push({ kind: 'answerJoin', ticket: member.joinTicket, answer })
  member.joinTicket = null
  group.joining--
}

export function parkSync(group: ClassicGroup, member: Member, ticket: Ticket, turn: Turn): void {
  answerSync(group, member, syncRefusal(ErrorCode.rebalanceInProgress), turn)
  member.syncTicket = ticket
}

/** Answers a parked SyncGroup. The member's time begins anew, because it stood still while the request was parked. */
export function answerSync(group: ClassicGroup, member: Member, answer: SyncAnswer, turn: Turn): void {
  if (member.syncTicket === null) return
  turn.effects.push({ kind: 'answerSync', ticket: member.syncTicket, answer })
  member.syncTicket = null
  touch(group, member, turn)
}

/** A member that waits for the others needs no heartbeats, except a new one, which might never have got its id. */
export function isExcused(member: Member): boolean {
  return !member.isNew && (member.joinTicket !== null || member.syncTicket !== null)
}

export function rebalanceTimeoutMs(group: ClassicGroup): number {
  let longest = 0
  for (const member of group.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
  return longest
}

/** Why a client joins or leaves (KIP-800), for the log. Clients keep to 255 characters; strangers need not. */
export function clientReason(reason: string | null): string {
  return reason === null || reason === '' ? 'no reason given' : reason.slice(0, 255)
}
