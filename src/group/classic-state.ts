import type { LogFields } from '../base/env.ts'
import type { GroupRecord } from './group-record.ts'
import type { GroupSettings } from './settings.ts'

/** Kafka's names of the states: they go over the wire in DescribeGroups and ListGroups. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

/** Stands for a request whose answer is still owed. */
export type Ticket = number

/** A way to divide the work that a member knows, in its order of preference, with what the leader needs for it. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface Member {
  readonly memberId: string
  /** Set for static members (KIP-345). */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: readonly MemberProtocol[]
  assignment: Buffer
  /** Its parked JoinGroup. */
  joinTicket: Ticket | null
  /** Its parked SyncGroup. */
  syncTicket: Ticket | null
  /** It has not been answered yet since it came. */
  isNew: boolean
  /** When it is removed unless it shows a sign of life. */
  deadlineMs: number
}

/**
 * A classic consumer group. The functions of `classic-*.ts` are the only ones that change it, and do so at once instead
 * of copying, because a rebalance touches every member; what they do depends on the group, the request and the time
 * alone. All deadlines are in the clock's monotonic time.
 */
export interface ClassicGroup {
  readonly groupId: string
  state: GroupState
  /** Wall-clock time of the last change of state. */
  stateSinceMs: number
  generation: number
  /** Null for a group that only keeps offsets. */
  protocolType: string | null
  protocolName: string | null
  /** Who divides the work of this generation, even if it has gone since; then the next one elects another. */
  leaderId: string | null
  readonly members: Map<string, Member>
  /** Member ids of the static members, by instance id. */
  readonly staticMembers: Map<string, string>
  /** When ids that were handed out but not used yet lapse. */
  readonly pendingMembers: Map<string, number>
  /** The leader's assignment for this generation has come and is being saved. */
  assignmentPending: boolean
  /** Members of this generation that have not sent SyncGroup. */
  readonly pendingSyncs: Set<string>
  /** How many members know a protocol. */
  readonly protocolSupport: Map<string, number>
  /** How many members have a parked JoinGroup. */
  joining: number
  /** Topics of this generation; null when the members' metadata does not tell. */
  subscribedTopics: ReadonlySet<string> | null
  /** Set while the first rebalance of an empty group waits for more members. */
  initialDelay: InitialDelay | null
  /** When PreparingRebalance goes on without those who have not rejoined. */
  rebalanceDeadlineMs: number
  /** When members that have not sent SyncGroup are removed. */
  syncDeadlineMs: number
  /** The group wants `wake` to be called at this time; not later than its earliest deadline. */
  wakeAtMs: number
}

export interface InitialDelay {
  /** The delay grows no further than this. */
  readonly untilMs: number
  memberJoined: boolean
}

/** When a decision is made and what holds then. */
export interface Moment {
  /** Monotonic time. */
  readonly nowMs: number
  /** Wall-clock time. */
  readonly dateMs: number
  readonly settings: GroupSettings
}

/** One decision in the making. */
export interface Turn extends Moment {
  readonly effects: Effect[]
}

export function beginTurn(moment: Moment): Turn {
  return { ...moment, effects: [] }
}

/** What is to be done after a decision, in this order. */
export type Effect =
  | { readonly kind: 'answerJoin'; readonly ticket: Ticket; readonly answer: JoinAnswer }
  | { readonly kind: 'answerSync'; readonly ticket: Ticket; readonly answer: SyncAnswer }
  /** `saved` is to be given to `afterSave` once the record is durable. */
  | { readonly kind: 'saveGroup'; readonly record: GroupRecord; readonly saved: Saved | null }
  | { readonly kind: 'log'; readonly message: string; readonly fields: LogFields }

/** What a group waits for while its record is being saved. */
export type Saved =
  | { readonly kind: 'assignment'; readonly generation: number; readonly assignments: ReadonlyMap<string, Buffer> }
  | ({ readonly kind: 'replacement' } & Replacement)

/** A static member has come back. */
export interface Replacement {
  readonly memberId: string
  readonly ticket: Ticket
  /** The leader before it came. */
  readonly formerLeaderId: string | null
  readonly maySkipAssignment: boolean
}

/** The fields of a JoinGroup response, without throttling. */
export interface JoinAnswer {
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly JoinedMember[]
}

export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

/** The fields of a SyncGroup response, without throttling. */
export interface SyncAnswer {
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export const emptyAssignment: Buffer = Buffer.alloc(0)

/** A group that nobody has joined yet, or that only keeps offsets. */
export function emptyGroup(groupId: string, dateMs: number): ClassicGroup {
  return {
    groupId,
    state: 'Empty',
    stateSinceMs: dateMs,
    generation: 0,
    protocolType: null,
    protocolName: null,
    leaderId: null,
    members: new Map(),
    staticMembers: new Map(),
    pendingMembers: new Map(),
    assignmentPending: false,
    pendingSyncs: new Set(),
    protocolSupport: new Map(),
    joining: 0,
    subscribedTopics: null,
    initialDelay: null,
    rebalanceDeadlineMs: Number.POSITIVE_INFINITY,
    syncDeadlineMs: Number.POSITIVE_INFINITY,
    wakeAtMs: Number.POSITIVE_INFINITY,
  }
}

export function joinRefusal(errorCode: number, memberId: string): JoinAnswer {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

export function syncRefusal(errorCode: number): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: emptyAssignment }
}

/** Sees to it that the group is woken at `atMs` at the latest. */
export function wakeBy(group: ClassicGroup, atMs: number): void {
  if (atMs < group.wakeAtMs) group.wakeAtMs = atMs
}

export function changeState(group: ClassicGroup, state: GroupState, turn: Turn): void {
  group.state = state
  group.stateSinceMs = turn.dateMs
}
