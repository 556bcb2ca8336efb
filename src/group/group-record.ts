import type { StoredGroup } from '../storage/change.ts'
import { addMember } from './classic-members.ts'
import { type ClassicGroup, emptyGroup, type Member } from './classic-state.ts'
import { subscribedTopicsOf } from './subscription.ts'

/** A group as it outlives the node: its generation, and the members with what was assigned to them. */
export interface GroupRecord {
  readonly groupId: string
  readonly generation: number
  readonly stateSinceMs: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  readonly members: readonly MemberRecord[]
}

export type MemberRecord = Readonly<
  Pick<
    Member,
    | 'memberId'
    | 'groupInstanceId'
    | 'clientId'
    | 'clientHost'
    | 'sessionTimeoutMs'
    | 'rebalanceTimeoutMs'
    | 'protocols'
    | 'assignment'
  >
>

/** The group as it is now, or as it will be with these assignments. */
export function recordOf(group: ClassicGroup, assignments?: ReadonlyMap<string, Buffer>): GroupRecord {
  return {
    groupId: group.groupId,
    generation: group.generation,
    stateSinceMs: group.stateSinceMs,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leaderId: group.leaderId,
    members: Array.from(group.members.values(), member => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.sessionTimeoutMs,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      protocols: member.protocols,
      assignment: assignments?.get(member.memberId) ?? member.assignment,
    })),
  }
}

export const classicGroupType = 'classic'

export function storedGroup(record: GroupRecord): StoredGroup {
  const { groupId, ...body } = record
  const text = JSON.stringify({
    ...body,
    members: body.members.map(member => ({
      ...member,
      assignment: member.assignment.toString('base64'),
      protocols: member.protocols.map(({ name, metadata }) => ({ name, metadata: metadata.toString('base64') })),
    })),
  })
  return { groupId, type: classicGroupType, body: text }
}

/** The group of a record: Stable with its members, or Empty. Its members' time has not begun yet. */
export function restoredGroup(stored: StoredGroup): ClassicGroup {
  const record = JSON.parse(stored.body) as StoredBody
  const group = emptyGroup(stored.groupId, record.stateSinceMs)
  group.generation = record.generation
  group.protocolType = record.protocolType
  group.protocolName = record.protocolName
  group.leaderId = record.leaderId
  for (const member of record.members) {
    addMember(group, {
      ...member,
      assignment: Buffer.from(member.assignment, 'base64'),
      protocols: member.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata, 'base64') })),
      joinTicket: null,
      syncTicket: null,
      isNew: false,
      deadlineMs: Number.POSITIVE_INFINITY,
    })
  }
  if (group.members.size > 0) group.state = 'Stable'
  group.subscribedTopics = subscribedTopicsOf(group)
  return group
}

/** Bytes are base64 in the stored text. */
interface StoredBody extends Omit<GroupRecord, 'groupId' | 'members'> {
  readonly members: readonly (Omit<MemberRecord, 'protocols' | 'assignment'> & {
    readonly protocols: readonly { readonly name: string; readonly metadata: string }[]
    readonly assignment: string
  })[]
}
