import { type ClassicGroup, emptyAssignment, type GroupState } from './classic-state.ts'
import { metadataFor } from './protocol-vote.ts'

/** A group in ListGroups. */
export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: GroupState
  readonly groupType: 'classic'
}

/** A group in DescribeGroups. */
export interface DescribedGroup {
  readonly groupId: string
  readonly groupState: GroupState
  readonly protocolType: string
  /** The protocol of the generation, known while the group is stable. */
  readonly protocolData: string
  readonly members: readonly DescribedMember[]
}

export interface DescribedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly memberMetadata: Buffer
  readonly memberAssignment: Buffer
}

export function listedGroup(group: ClassicGroup): ListedGroup {
  return {
    groupId: group.groupId,
    protocolType: group.protocolType ?? '',
    groupState: group.state,
    groupType: 'classic',
  }
}

export function describedGroup(group: ClassicGroup): DescribedGroup {
  const isStable = group.state === 'Stable'
  return {
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: Array.from(group.members.values(), member => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? metadataFor(member, group.protocolName) : emptyAssignment,
      memberAssignment: member.assignment,
    })),
  }
}
