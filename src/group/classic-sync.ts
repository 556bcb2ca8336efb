import { ErrorCode } from '../protocol/errors.ts'
import { answerSync, type Identity, identityError, parkSync, touch } from './classic-members.ts'
import { isLeader } from './classic-rebalance.ts'
import {
  beginTurn,
  type ClassicGroup,
  changeState,
  type Effect,
  emptyAssignment,
  type Member,
  type Moment,
  type SyncAnswer,
  syncRefusal,
  type Ticket,
  type Turn,
} from './classic-state.ts'
import { recordOf } from './group-record.ts'

export interface SyncRequest extends Identity {
  readonly ticket: Ticket
  readonly generationId: number
  /** Null in versions that do not send them. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** From the leader, how the work is divided. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

/** A member asks for its part of the work. It waits until the leader has divided it and that is durable. */
export function sync(group: ClassicGroup, request: SyncRequest, moment: Moment): Effect[] {
  const turn = beginTurn(moment)
  const { ticket } = request
  const errorCode = syncError(group, request)
  const member = group.members.get(request.memberId)
  if (errorCode !== ErrorCode.none || !member) {
    turn.effects.push({ kind: 'answerSync', ticket, answer: syncRefusal(errorCode) })
    return turn.effects
  }
  group.pendingSyncs.delete(member.memberId)
  touch(group, member, turn)
  if (group.state === 'Stable') {
    turn.effects.push({ kind: 'answerSync', ticket, answer: assignmentAnswer(group, member) })
    return turn.effects
  }
  parkSync(group, member, ticket, turn)
  if (isLeader(group, member) && !group.assignmentPending) {
    group.assignmentPending = true
    const assignments = everyMembersAssignment(group, request.assignments)
    turn.effects.push({
      kind: 'saveGroup',
      record: recordOf(group, assignments),
      saved: { kind: 'assignment', generation: group.generation, assignments },
    })
  }
  return turn.effects
}

function syncError(group: ClassicGroup, request: SyncRequest): number {
  if (group.state === 'Dead') return ErrorCode.coordinatorNotAvailable
  const errorCode = identityError(group, request)
  if (errorCode !== ErrorCode.none) return errorCode
  if (request.generationId !== group.generation) return ErrorCode.illegalGeneration
  if (differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName)) {
    return ErrorCode.inconsistentGroupProtocol
  }
  return group.state === 'PreparingRebalance' ? ErrorCode.rebalanceInProgress : ErrorCode.none
}

function differs(requested: string | null, actual: string | null): boolean {
  return requested !== null && actual !== null && requested !== actual
}

/** Members that the leader forgot get nothing; what it gave to strangers is dropped. */
function everyMembersAssignment(group: ClassicGroup, assignments: SyncRequest['assignments']): Map<string, Buffer> {
  const given = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]))
  return new Map(Array.from(group.members.keys(), id => [id, given.get(id) ?? emptyAssignment]))
}

/** The leader's assignment is durable: the group is stable, unless another rebalance has begun meanwhile. */
export function assignmentSaved(
  group: ClassicGroup,
  saved: { readonly generation: number; readonly assignments: ReadonlyMap<string, Buffer> },
  turn: Turn,
): void {
  if (group.state !== 'CompletingRebalance' || group.generation !== saved.generation) return
  changeState(group, 'Stable', turn)
  for (const member of group.members.values()) {
    member.assignment = saved.assignments.get(member.memberId) ?? emptyAssignment
    answerSync(group, member, assignmentAnswer(group, member), turn)
  }
}

function assignmentAnswer(group: ClassicGroup, member: Member): SyncAnswer {
  return {
    errorCode: ErrorCode.none,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  }
}
