import type { ResponseOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { deleteGroupsApi } from '../protocol/messages/delete-groups.ts'
import { describeGroupsApi } from '../protocol/messages/describe-groups.ts'
import { listGroupsApi } from '../protocol/messages/list-groups.ts'
import { offsetCommitApi } from '../protocol/messages/offset-commit.ts'
import { offsetDeleteApi } from '../protocol/messages/offset-delete.ts'
import { offsetFetchApi } from '../protocol/messages/offset-fetch.ts'
import type { Cluster } from './cluster.ts'
import { describeConsumerGroup } from './consumer-group-admin.ts'
import { checkCode, isRetriable, RequestError } from './failures.ts'
import { type AssignedPartition, decodeAssignment } from './group-protocol.ts'

/** The last versions that know topics by name. */
export const offsetFetchByName = 9
export const offsetCommitByName = 9

export interface GroupSummary {
  readonly group: string
  readonly state: string
  /** `consumer` for consumers, `connect` and others for their own kinds. */
  readonly protocolType: string
  /** `classic` or `consumer` (KIP-848); empty from a broker that does not say. */
  readonly type: string
}

export interface GroupMember {
  readonly memberId: string
  readonly clientId: string
  readonly clientHost: string
  readonly partitions: readonly AssignedPartition[]
}

export interface GroupDescription {
  readonly group: string
  readonly state: string
  /** How partitions are assigned: `range`, … */
  readonly protocol: string
  readonly members: readonly GroupMember[]
}

/** Committed offsets by topic and partition. */
export type CommittedOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>

/** The groups of all brokers, by name: each broker knows those that it coordinates. */
export async function listGroups(cluster: Cluster): Promise<readonly GroupSummary[]> {
  const { brokers } = await cluster.metadata([])
  const lists = await Promise.all([...brokers.keys()].map(nodeId => groupsOf(cluster, nodeId)))
  return lists.flat().toSorted((a, b) => a.group.localeCompare(b.group))
}

async function groupsOf(cluster: Cluster, nodeId: number): Promise<readonly GroupSummary[]> {
  const answer = await cluster.askPersistently(nodeId, listGroupsApi, { statesFilter: [], typesFilter: [] }, response =>
    isRetriable(response.errorCode),
  )
  checkCode(answer.errorCode, 'groups')
  return answer.groups.map(({ groupId, groupState, protocolType, groupType }) => ({
    group: groupId,
    state: groupState,
    protocolType,
    type: groupType,
  }))
}

/** A group's state and members, of either protocol. Throws `RequestError` if it is not there. */
export async function describeGroup(cluster: Cluster, group: string): Promise<GroupDescription> {
  try {
    return await describeClassicGroup(cluster, group)
  } catch (error) {
    if (!isGroupMissing(error)) throw error
    const described = await describeConsumerGroup(cluster, group)
    if (!described) throw error
    return described
  }
}

async function describeClassicGroup(cluster: Cluster, group: string): Promise<GroupDescription> {
  const found = await classicGroup(cluster, group)
  if (!found) throw new RequestError(ErrorCode.groupIdNotFound, `group '${group}'`)
  return {
    group,
    state: found.groupState,
    protocol: found.protocolData,
    members: found.members.map(member => ({
      memberId: member.memberId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      partitions: decodeAssignment(member.memberAssignment),
    })),
  }
}

/** A group of the classic protocol as its coordinator tells of it, with what its members say of themselves. */
export type ClassicGroup = ResponseOf<typeof describeGroupsApi>['groups'][number]

/** Asks for a group of the classic protocol (DescribeGroups); undefined if there is none. Throws `RequestError`. */
export async function classicGroup(cluster: Cluster, group: string): Promise<ClassicGroup | undefined> {
  const answer = await cluster.askPersistently(
    () => cluster.groupCoordinator(group),
    describeGroupsApi,
    { groups: [group], includeAuthorizedOperations: false },
    response => response.groups.some(({ errorCode }) => isRetriable(errorCode)),
  )
  const [found] = answer.groups
  // Before version 6 a group that is not there is a dead one.
  if (!found || found.errorCode === ErrorCode.groupIdNotFound || found.groupState === 'Dead') return undefined
  checkCode(found.errorCode, `group '${group}'`, found.errorMessage)
  return found
}

/** What a group has committed. Empty for a group that has committed nothing. Throws `RequestError`. */
export async function committedOffsets(cluster: Cluster, group: string): Promise<CommittedOffsets> {
  const answer = await cluster.askPersistently(
    () => cluster.groupCoordinator(group),
    offsetFetchApi,
    { groupId: group, topics: null, groups: [{ groupId: group, topics: null }] },
    response => isRetriable(response.groups[0]?.errorCode ?? response.errorCode),
    { versionMax: offsetFetchByName },
  )
  const found = answer.groups[0] ?? answer
  checkCode(found.errorCode, `group '${group}'`)
  const offsets = new Map<string, Map<number, number>>()
  for (const { name, partitions } of found.topics) {
    const committed = partitions.filter(({ committedOffset }) => committedOffset >= 0)
    offsets.set(
      name,
      new Map(committed.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset])),
    )
  }
  return offsets
}

/** Deletes a group that has no members, with its offsets. Throws `RequestError`. */
export async function deleteGroup(cluster: Cluster, group: string): Promise<void> {
  const answer = await cluster.askPersistently(
    () => cluster.groupCoordinator(group),
    deleteGroupsApi,
    { groupsNames: [group] },
    response => response.results.some(({ errorCode }) => isRetriable(errorCode)),
  )
  for (const { errorCode } of answer.results) checkCode(errorCode, `group '${group}'`)
}

/** An offset to commit. */
export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Commits offsets for a group that has no members. A group that is not there is made by it. Throws `RequestError`. */
export async function commitForGroup(
  cluster: Cluster,
  group: string,
  offsets: readonly OffsetToCommit[],
): Promise<void> {
  const topics = Map.groupBy(offsets, ({ topic }) => topic)
  const answer = await cluster.askPersistently(
    () => cluster.groupCoordinator(group),
    offsetCommitApi,
    {
      groupId: group,
      memberId: '',
      topics: [...topics].map(([name, committed]) => ({
        name,
        partitions: committed.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: '',
        })),
      })),
    },
    response => response.topics.some(({ partitions }) => partitions.some(({ errorCode }) => isRetriable(errorCode))),
    { versionMax: offsetCommitByName },
  )
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode } of partitions) {
      checkCode(errorCode, `group '${group}', topic '${name}' partition ${partitionIndex}`)
    }
  }
}

/** Makes a group forget its offsets of partitions that no member of it subscribes to (KIP-496). Throws `RequestError`. */
export async function forgetOffsets(
  cluster: Cluster,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<void> {
  const answer = await cluster.askPersistently(
    () => cluster.groupCoordinator(group),
    offsetDeleteApi,
    { groupId: group, topics: [{ name: topic, partitions: partitions.map(partitionIndex => ({ partitionIndex })) }] },
    response => isRetriable(response.errorCode),
  )
  checkCode(answer.errorCode, `group '${group}'`)
  for (const { partitionIndex, errorCode } of answer.topics.flatMap(found => found.partitions)) {
    checkCode(errorCode, `group '${group}', topic '${topic}' partition ${partitionIndex}`)
  }
}

/** Whether a question about a group failed because there is none of that name. */
export function isGroupMissing(error: unknown): boolean {
  return error instanceof RequestError && error.code === ErrorCode.groupIdNotFound
}
