// Questions about all topics or all groups of a cluster: one request for hundreds of them to each broker that has to answer,
// never one for each. What a broker refuses of a single one is left out, so that one does not hide the others.
import { ErrorCode } from '../protocol/errors.ts'
import { consumerGroupDescribeApi } from '../protocol/messages/consumer-group-describe.ts'
import { describeConfigsApi } from '../protocol/messages/describe-configs.ts'
import { describeGroupsApi } from '../protocol/messages/describe-groups.ts'
import { listGroupsApi } from '../protocol/messages/list-groups.ts'
import { listOffsetsApi } from '../protocol/messages/list-offsets.ts'
import { offsetFetchApi } from '../protocol/messages/offset-fetch.ts'
import { instanceOf } from './application-instances.ts'
import type { Cluster, TopicMetadata } from './cluster.ts'
import { configKinds } from './config-admin.ts'
import { checkCode } from './failures.ts'
import { type CommittedOffsets, type GroupMember, type GroupSummary, offsetFetchByName } from './group-admin.ts'
import { decodeAssignment } from './group-protocol.ts'
import type { PartitionOffsets } from './list-offsets.ts'

/** How many things one request is about. */
const chunk = { partitions: 5_000, topics: 250, groups: 200, described: 50 } as const

/** Offsets of many topics, by name. */
export type TopicsOffsets = ReadonlyMap<string, PartitionOffsets>

/** First offsets, or ends with open transactions, of all partitions that have a leader. Throws `RequestError`. */
export async function offsetsOfAll(
  cluster: Cluster,
  topics: readonly TopicMetadata[],
  bound: 'start' | 'end',
): Promise<TopicsOffsets> {
  const timestamp = bound === 'start' ? -2 : -1
  const partitions = topics.flatMap(({ name, partitions: all }) =>
    all.filter(({ leaderId }) => leaderId >= 0).map(({ partition, leaderId }) => ({ name, partition, leaderId })),
  )
  const found = new Map<string, Map<number, number>>()
  await Promise.all(
    [...Map.groupBy(partitions, ({ leaderId }) => leaderId)].map(async ([leaderId, led]) => {
      for (const part of chunks(led, chunk.partitions)) {
        const answer = await cluster.ask(leaderId, listOffsetsApi, {
          replicaId: -1,
          isolationLevel: 0,
          topics: [...Map.groupBy(part, ({ name }) => name)].map(([name, asked]) => ({
            name,
            partitions: asked.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
          })),
          timeoutMs: 30_000,
        })
        for (const topic of answer.topics) {
          const offsets = found.get(topic.name) ?? new Map<number, number>()
          found.set(topic.name, offsets)
          for (const { partitionIndex, errorCode, offset } of topic.partitions) {
            if (errorCode === ErrorCode.none) offsets.set(partitionIndex, offset)
          }
        }
      }
    }),
  )
  return found
}

/** Values of some settings of many topics, by topic and setting. Throws `RequestError`. */
export async function settingsOfAll(
  cluster: Cluster,
  topics: readonly string[],
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string | null>>> {
  const found = new Map<string, ReadonlyMap<string, string | null>>()
  for (const part of chunks(topics, chunk.topics)) {
    const answer = await cluster.ask('any', describeConfigsApi, {
      resources: part.map(resourceName => ({
        resourceType: configKinds.topic,
        resourceName,
        configurationKeys: [...names],
      })),
      includeSynonyms: false,
      includeDocumentation: false,
    })
    for (const { errorCode, resourceName, configs } of answer.results) {
      if (errorCode === ErrorCode.none)
        found.set(resourceName, new Map(configs.map(({ name, value }) => [name, value])))
    }
  }
  return found
}

/** A group, and the broker that coordinates it. */
export interface PlacedGroup extends GroupSummary {
  readonly coordinator: number
}

/** All groups: each broker lists those that it coordinates, so that nobody has to look for them. Throws `RequestError`. */
export async function groupsOfAll(cluster: Cluster): Promise<readonly PlacedGroup[]> {
  const { brokers } = await cluster.metadata([])
  const lists = await Promise.all(
    [...brokers.keys()].map(async coordinator => {
      const answer = await cluster.ask(coordinator, listGroupsApi, { statesFilter: [], typesFilter: [] })
      checkCode(answer.errorCode, 'groups')
      return answer.groups.map(({ groupId, groupState, protocolType, groupType }) => ({
        ...{ group: groupId, state: groupState, protocolType, type: groupType.toLowerCase(), coordinator },
      }))
    }),
  )
  return lists.flat()
}

// KIP-709: from this version on one request asks for many groups.
const offsetFetchOfMany = 8

/** What many groups have committed, by group. Throws `RequestError`. */
export async function committedOfAll(
  cluster: Cluster,
  groups: readonly PlacedGroup[],
): Promise<ReadonlyMap<string, CommittedOffsets>> {
  const found = new Map<string, CommittedOffsets>()
  for (const [coordinator, coordinated] of Map.groupBy(groups, group => group.coordinator)) {
    const connection = await cluster.connection(coordinator)
    const isOfMany = connection.versionOf(offsetFetchApi) >= offsetFetchOfMany
    for (const part of chunks(coordinated, isOfMany ? chunk.groups : 1)) {
      const answer = await connection.ask(
        offsetFetchApi,
        {
          groupId: part[0]!.group,
          topics: null,
          groups: part.map(({ group }) => ({ groupId: group, topics: null })),
        },
        { versionMax: offsetFetchByName },
      )
      const answered = isOfMany ? answer.groups : [{ ...answer, groupId: part[0]!.group }]
      for (const { groupId, errorCode, topics } of answered) {
        if (errorCode === ErrorCode.none) found.set(groupId, committedIn(topics))
      }
    }
  }
  return found
}

function committedIn(
  topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly committedOffset: number }[]
  }[],
): CommittedOffsets {
  return new Map(
    topics.map(({ name, partitions }) => {
      const committed = partitions.filter(({ committedOffset }) => committedOffset >= 0)
      return [name, new Map(committed.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]))]
    }),
  )
}

/** A member, and what it says of itself if it runs a script of ours. */
export interface DescribedMember extends GroupMember {
  readonly instance: { readonly process: string; readonly endpoint: string } | null
}

/** The members of many groups, of either protocol, by group. Throws `RequestError`. */
export async function membersOfAll(
  cluster: Cluster,
  groups: readonly PlacedGroup[],
): Promise<ReadonlyMap<string, readonly DescribedMember[]>> {
  const found = new Map<string, readonly DescribedMember[]>()
  for (const [coordinator, coordinated] of Map.groupBy(groups, group => group.coordinator)) {
    // DescribeGroups does not know groups of the consumer protocol (KIP-848).
    const isNew = ({ type }: PlacedGroup): boolean => type === 'consumer'
    for (const part of chunks(
      coordinated.filter(group => !isNew(group)),
      chunk.described,
    )) {
      for (const [group, members] of await classicMembers(cluster, coordinator, part)) found.set(group, members)
    }
    for (const part of chunks(coordinated.filter(isNew), chunk.described)) {
      for (const [group, members] of await consumerMembers(cluster, coordinator, part)) found.set(group, members)
    }
  }
  return found
}

type MembersByGroup = readonly (readonly [group: string, members: readonly DescribedMember[]])[]

async function classicMembers(
  cluster: Cluster,
  coordinator: number,
  groups: readonly PlacedGroup[],
): Promise<MembersByGroup> {
  const answer = await cluster.ask(coordinator, describeGroupsApi, {
    groups: groups.map(({ group }) => group),
    includeAuthorizedOperations: false,
  })
  const described = answer.groups.filter(({ errorCode }) => errorCode === ErrorCode.none)
  return described.map(({ groupId, protocolType, members }) => {
    const isConsumer = protocolType === 'consumer'
    return [
      groupId,
      members.map(({ memberId, clientId, clientHost, memberAssignment, memberMetadata }) => ({
        ...{ memberId, clientId, clientHost },
        partitions: isConsumer ? assignedIn(memberAssignment) : [],
        instance: isConsumer ? instanceOf(memberMetadata) : null,
      })),
    ]
  })
}

/** Anybody may be a member: what cannot be read says nothing. */
function assignedIn(bytes: Buffer): GroupMember['partitions'] {
  try {
    return decodeAssignment(bytes)
  } catch {
    return []
  }
}

async function consumerMembers(
  cluster: Cluster,
  coordinator: number,
  groups: readonly PlacedGroup[],
): Promise<MembersByGroup> {
  const answer = await cluster.ask(coordinator, consumerGroupDescribeApi, {
    groupIds: groups.map(({ group }) => group),
    includeAuthorizedOperations: false,
  })
  const described = answer.groups.filter(({ errorCode }) => errorCode === ErrorCode.none)
  return described.map(({ groupId, members }) => [
    groupId,
    members.map(({ memberId, clientId, clientHost, assignment }) => ({
      ...{ memberId, clientId, clientHost, instance: null },
      partitions: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
        partitions.map(partition => ({ topic: topicName, partition })),
      ),
    })),
  ])
}

function* chunks<T>(things: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < things.length; at += size) yield things.slice(at, at + size)
}
