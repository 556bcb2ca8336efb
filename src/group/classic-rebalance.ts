import { ErrorCode } from '../protocol/errors.ts'
import { answerJoin, answerSync, rebalanceTimeoutMs, removeMember, touch } from './classic-members.ts'
import {
  type ClassicGroup,
  changeState,
  type JoinAnswer,
  type JoinedMember,
  type Member,
  syncRefusal,
  type Turn,
  wakeBy,
} from './classic-state.ts'
import { recordOf } from './group-record.ts'
import { electProtocol, metadataFor } from './protocol-vote.ts'
import { subscribedTopicsOf } from './subscription.ts'

/** Starts a rebalance, or, where one runs, sees whether it can go on. */
export function rebalance(group: ClassicGroup, reason: string, turn: Turn): void {
  if (group.state === 'PreparingRebalance') completeJoinIfAllJoined(group, turn)
  else prepareRebalance(group, reason, turn)
}

/** Every member has to join again. The first rebalance of an empty group waits a while for more members to come. */
export function prepareRebalance(group: ClassicGroup, reason: string, turn: Turn): void {
  if (group.state === 'CompletingRebalance') {
    for (const member of group.members.values()) {
      answerSync(group, member, syncRefusal(ErrorCode.rebalanceInProgress), turn)
    }
  }
  group.pendingSyncs.clear()
  const timeoutMs = rebalanceTimeoutMs(group)
  const { initialRebalanceDelayMs } = turn.settings
  const isInitial = group.state === 'Empty'
  group.initialDelay = isInitial
    ? { untilMs: turn.nowMs + Math.max(timeoutMs, initialRebalanceDelayMs), memberJoined: false }
    : null
  changeState(group, 'PreparingRebalance', turn)
  setRebalanceDeadline(group, turn.nowMs + (isInitial ? initialRebalanceDelayMs : timeoutMs))
  log(turn, 'group prepares to rebalance', { group: group.groupId, generation: group.generation, reason })
  completeJoinIfAllJoined(group, turn)
}

/** Goes on to the next generation when there is nobody left to wait for. */
export function completeJoinIfAllJoined(group: ClassicGroup, turn: Turn): void {
  if (group.state !== 'PreparingRebalance' || group.initialDelay !== null) return
  if (group.joining === group.members.size && group.pendingMembers.size === 0) completeJoin(group, turn)
}

/** The rebalance deadline has come. While members keep coming, the first rebalance waits for more. */
export function rebalanceIsDue(group: ClassicGroup, turn: Turn): void {
  const delay = group.initialDelay
  if (delay?.memberJoined && turn.nowMs < delay.untilMs) {
    delay.memberJoined = false
    setRebalanceDeadline(group, Math.min(turn.nowMs + turn.settings.initialRebalanceDelayMs, delay.untilMs))
  } else {
    completeJoin(group, turn)
  }
}

function completeJoin(group: ClassicGroup, turn: Turn): void {
  const late = [...group.members.values()].filter(member => member.joinTicket === null)
  // Static members may be away until their session ends: that is what they are for.
  for (const { memberId, groupInstanceId } of late) {
    if (groupInstanceId !== null) continue
    removeMember(group, memberId, turn)
    log(turn, 'member did not rejoin in time', { group: group.groupId, member: memberId })
  }
  if (group.members.size > 0 && !electLeader(group)) {
    setRebalanceDeadline(group, turn.nowMs + rebalanceTimeoutMs(group))
    return
  }
  group.initialDelay = null
  group.rebalanceDeadlineMs = Number.POSITIVE_INFINITY
  group.generation++
  if (group.members.size === 0) becomeEmpty(group, turn)
  else awaitSync(group, turn)
}

function becomeEmpty(group: ClassicGroup, turn: Turn): void {
  group.protocolName = null
  group.leaderId = null
  group.subscribedTopics = subscribedTopicsOf(group)
  changeState(group, 'Empty', turn)
  turn.effects.push({ kind: 'saveGroup', record: recordOf(group), saved: null })
  log(turn, 'group is empty', { group: group.groupId, generation: group.generation })
}

function awaitSync(group: ClassicGroup, turn: Turn): void {
  group.protocolName = electProtocol(group)
  group.subscribedTopics = subscribedTopicsOf(group)
  group.assignmentPending = false
  changeState(group, 'CompletingRebalance', turn)
  const members = joinedMembers(group)
  for (const member of group.members.values()) {
    answerJoin(group, member, generationAnswer(group, member, isLeader(group, member) ? members : []), turn)
    member.isNew = false
    touch(group, member, turn)
    group.pendingSyncs.add(member.memberId)
  }
  group.syncDeadlineMs = turn.nowMs + rebalanceTimeoutMs(group)
  wakeBy(group, group.syncDeadlineMs)
  log(turn, 'group has a new generation', {
    group: group.groupId,
    generation: group.generation,
    members: group.members.size,
    protocol: group.protocolName,
  })
}

/** Whether there is a leader that has joined; the group keeps its leader where it can. */
function electLeader(group: ClassicGroup): boolean {
  const current = group.leaderId === null ? undefined : group.members.get(group.leaderId)
  if (current && current.joinTicket !== null) return true
  for (const member of group.members.values()) {
    if (member.joinTicket === null) continue
    group.leaderId = member.memberId
    return true
  }
  return false
}

export function isLeader(group: ClassicGroup, member: Member): boolean {
  return group.leaderId === member.memberId
}

/** What a leader has to know in order to divide the work. */
export function joinedMembers(group: ClassicGroup): JoinedMember[] {
  return Array.from(group.members.values(), member => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataFor(member, group.protocolName),
  }))
}

/** The current generation as a member sees it. */
export function generationAnswer(
  group: ClassicGroup,
  member: Member,
  members: readonly JoinedMember[],
  skipAssignment = false,
): JoinAnswer {
  return {
    errorCode: ErrorCode.none,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment,
    memberId: member.memberId,
    members,
  }
}

function setRebalanceDeadline(group: ClassicGroup, deadlineMs: number): void {
  group.rebalanceDeadlineMs = deadlineMs
  wakeBy(group, deadlineMs)
}

function log(turn: Turn, message: string, fields: Record<string, string | number | null>): void {
  turn.effects.push({ kind: 'log', message, fields })
}
