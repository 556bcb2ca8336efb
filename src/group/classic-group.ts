import { unreachable } from '../base/errors.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { replacementSaved } from './classic-join.ts'
import { clientReason, type Identity, identityError, isExcused, removeMember, touch } from './classic-members.ts'
import { completeJoinIfAllJoined, prepareRebalance, rebalance, rebalanceIsDue } from './classic-rebalance.ts'
import {
  beginTurn,
  type ClassicGroup,
  changeState,
  type Effect,
  type Moment,
  type Saved,
  type Turn,
} from './classic-state.ts'
import { assignmentSaved } from './classic-sync.ts'
import type { CommitRequest } from './commit-request.ts'

/*
 * What happens to a group besides JoinGroup (classic-join.ts) and SyncGroup (classic-sync.ts):
 *
 *            first member          all have joined, or the        the leader's assignment
 *                                  rebalance timeout is over      is durable
 *     Empty ───────────> PreparingRebalance ──────> CompletingRebalance ──────> Stable
 *       ^                  │         ^    ^                 │                     │
 *       └──────────────────┘         │    └─────────────────┘                     │
 *        nobody joined               └────────────────────────────────────────────┘
 *                                      a member comes, goes, is silent or changes
 *
 *     Dead: removed for good (deleted, or empty without offsets); it is not found any more.
 */

export interface HeartbeatRequest extends Identity {
  readonly generationId: number
}

/** A sign of life. Throws a `KafkaError` for what the member has to know: above all, that it must rejoin. */
export function heartbeat(group: ClassicGroup, request: HeartbeatRequest, moment: Moment): void {
  if (group.state === 'Dead') throw new KafkaError(ErrorCode.coordinatorNotAvailable)
  const member = requireMember(group, request)
  if (request.generationId !== group.generation) throw new KafkaError(ErrorCode.illegalGeneration)
  touch(group, member, moment)
  if (group.state === 'PreparingRebalance') throw new KafkaError(ErrorCode.rebalanceInProgress)
}

function requireMember(group: ClassicGroup, identity: Identity) {
  const errorCode = identityError(group, identity)
  const member = group.members.get(identity.memberId)
  if (errorCode !== ErrorCode.none || !member) throw new KafkaError(errorCode)
  return member
}

/**
 * Whether these offsets may be committed now; throws a `KafkaError` if not. A member's commit is a sign of life.
 * In CompletingRebalance the member has to fetch its new assignment before it may commit.
 */
export function checkCommit(group: ClassicGroup, request: CommitRequest, moment: Moment): void {
  if (group.state === 'Dead') throw new KafkaError(ErrorCode.coordinatorNotAvailable)
  const { memberId, groupInstanceId, generationId } = request
  if (group.state === 'Empty' && generationId < 0) return
  if (generationId < 0 && memberId === '' && groupInstanceId === null) throw new KafkaError(ErrorCode.unknownMemberId)
  const member = requireMember(group, request)
  if (generationId !== group.generation) throw new KafkaError(ErrorCode.illegalGeneration)
  if (group.state === 'CompletingRebalance') throw new KafkaError(ErrorCode.rebalanceInProgress)
  touch(group, member, moment)
}

/**
 * As `checkCommit`, for offsets that are part of a transaction (TxnOffsetCommit). Producers before KIP-447 do not say for
 * which member they commit: nobody checks these. The others need only be of this generation, whatever its state.
 */
export function checkTransactionalCommit(group: ClassicGroup, request: CommitRequest): void {
  if (group.state === 'Dead') throw new KafkaError(ErrorCode.coordinatorNotAvailable)
  const { memberId, groupInstanceId, generationId } = request
  const isNobody = memberId === '' && groupInstanceId === null
  if (generationId < 0 && (isNobody || group.state === 'Empty')) return
  requireMember(group, request)
  if (generationId !== group.generation) throw new KafkaError(ErrorCode.illegalGeneration)
}

export interface LeavingMember extends Identity {
  readonly reason: string | null
}

/** Members go, or are sent away by an administrator who knows only their instance ids. One error code for each. */
export function leave(
  group: ClassicGroup,
  leaving: readonly LeavingMember[],
  moment: Moment,
): { readonly errorCodes: readonly number[]; readonly effects: readonly Effect[] } {
  if (group.state === 'Dead') throw new KafkaError(ErrorCode.coordinatorNotAvailable)
  const turn = beginTurn(moment)
  const sizeBefore = group.members.size
  const errorCodes = leaving.map(member => removeLeaving(group, member, turn))
  if (group.members.size < sizeBefore) afterRemoval(group, 'members left', turn)
  else completeJoinIfAllJoined(group, turn)
  return { errorCodes, effects: turn.effects }
}

function removeLeaving(group: ClassicGroup, leaving: LeavingMember, turn: Turn): number {
  const memberId =
    leaving.memberId === '' && leaving.groupInstanceId !== null
      ? (group.staticMembers.get(leaving.groupInstanceId) ?? '')
      : leaving.memberId
  if (!group.pendingMembers.has(memberId)) {
    const errorCode = identityError(group, { ...leaving, memberId })
    if (errorCode !== ErrorCode.none) return errorCode
  }
  removeMember(group, memberId, turn)
  const reason = clientReason(leaving.reason)
  turn.effects.push({
    kind: 'log',
    message: 'member leaves',
    fields: { group: group.groupId, member: memberId, reason },
  })
  return ErrorCode.none
}

/** The work of those who are gone has to be divided anew; or there is nobody else to wait for. */
function afterRemoval(group: ClassicGroup, reason: string, turn: Turn): void {
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') prepareRebalance(group, reason, turn)
  else completeJoinIfAllJoined(group, turn)
}

/** Does all that is due by now. To be called at `wakeAtMs`, which it sets anew. */
export function wake(group: ClassicGroup, moment: Moment): Effect[] {
  const turn = beginTurn(moment)
  expireSessions(group, turn)
  expireSyncs(group, turn)
  if (group.state === 'PreparingRebalance' && turn.nowMs >= group.rebalanceDeadlineMs) rebalanceIsDue(group, turn)
  group.wakeAtMs = nextDeadlineMs(group)
  return turn.effects
}

function expireSessions(group: ClassicGroup, turn: Turn): void {
  const silent = [...group.members.values()].filter(member => member.deadlineMs <= turn.nowMs && !isExcused(member))
  const lapsed = [...group.pendingMembers].filter(([, lapsesMs]) => lapsesMs <= turn.nowMs)
  for (const memberId of [...silent.map(member => member.memberId), ...lapsed.map(([memberId]) => memberId)]) {
    removeMember(group, memberId, turn)
    turn.effects.push({ kind: 'log', message: 'member is silent', fields: { group: group.groupId, member: memberId } })
  }
  // An id that was only handed out held nobody but a rebalance up.
  if (silent.length > 0) afterRemoval(group, 'members were silent', turn)
  else if (lapsed.length > 0) completeJoinIfAllJoined(group, turn)
}

/** Members that took the new generation but never asked for their part would hold their partitions idle. */
function expireSyncs(group: ClassicGroup, turn: Turn): void {
  if (group.pendingSyncs.size === 0 || turn.nowMs < group.syncDeadlineMs) return
  for (const memberId of [...group.pendingSyncs]) removeMember(group, memberId, turn)
  prepareRebalance(group, 'members did not ask for their assignment', turn)
}

function nextDeadlineMs(group: ClassicGroup): number {
  let next = group.state === 'PreparingRebalance' ? group.rebalanceDeadlineMs : Number.POSITIVE_INFINITY
  if (group.pendingSyncs.size > 0) next = Math.min(next, group.syncDeadlineMs)
  for (const lapsesMs of group.pendingMembers.values()) next = Math.min(next, lapsesMs)
  for (const member of group.members.values()) {
    if (!isExcused(member)) next = Math.min(next, member.deadlineMs)
  }
  return next
}

/** The group's record is durable: goes on with what waited for it. */
export function afterSave(group: ClassicGroup, saved: Saved, moment: Moment): Effect[] {
  const turn = beginTurn(moment)
  switch (saved.kind) {
    case 'assignment':
      assignmentSaved(group, saved, turn)
      break
    case 'replacement':
      replacementSaved(group, saved, turn)
      break
    default:
      unreachable(saved)
  }
  return turn.effects
}

/** The node has started: the members of a restored group have a whole session to show themselves. */
export function resume(group: ClassicGroup, moment: Moment): Effect[] {
  const turn = beginTurn(moment)
  for (const member of group.members.values()) touch(group, member, turn)
  if (group.members.size > turn.settings.membersMax) rebalance(group, 'the group is larger than it may be now', turn)
  return turn.effects
}

/** Ends a group that nobody will find any more. Throws a `KafkaError` while it has members. */
export function bury(group: ClassicGroup, moment: Moment): void {
  if (group.state === 'Dead') throw new KafkaError(ErrorCode.groupIdNotFound)
  if (group.state !== 'Empty') throw new KafkaError(ErrorCode.nonEmptyGroup)
  changeState(group, 'Dead', beginTurn(moment))
}
