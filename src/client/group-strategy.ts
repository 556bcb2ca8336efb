import { ErrorCode } from '../protocol/errors.ts'
import { assignors } from './assignor.ts'
import type { Cluster } from './cluster.ts'
import {
  type AssignedPartition,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './group-protocol.ts'

/** How the members of a classic group share out their work: what they say when they join, and what their leader makes of it. */
export interface GroupStrategy {
  /** The names of the ways that this member knows, best first: the group takes one that all know. */
  readonly names: readonly string[]
  /** What this member says at the next join. */
  subscription(): Buffer
  /** The leader's part: what each member gets, by its id. */
  assign(
    name: string,
    members: readonly { readonly memberId: string; readonly metadata: Buffer }[],
  ): Promise<ReadonlyMap<string, Buffer>>
  /** The leader is asked now and then whether the work has changed since it was shared out. */
  hasChanged(): Promise<boolean>
  /** This member has got this. The group waits for nothing: begin and return. */
  onAssigned(assignment: Buffer): Promise<void>
}

/** Kafka's own ways to share out the partitions of topics. */
export function topicStrategy(
  cluster: Cluster,
  {
    topics,
    onAssigned,
  }: {
    readonly topics: readonly string[]
    readonly onAssigned: (partitions: readonly AssignedPartition[]) => Promise<void>
  },
): GroupStrategy {
  /** Partitions of the subscribed topics as the leader last saw them. */
  let partitionCounts: ReadonlyMap<string, number> = new Map()
  return {
    names: Object.keys(assignors),
    subscription: () => encodeSubscription(topics),
    async assign(name, joined) {
      const members = joined.map(({ memberId, metadata }) => decodeSubscription(memberId, metadata))
      partitionCounts = await countPartitions(cluster, new Set(members.flatMap(member => member.topics)))
      const assign = assignors[name] ?? assignors.range!
      const assignments = assign(members, partitionCounts)
      return new Map([...assignments].map(([memberId, assigned]) => [memberId, encodeAssignment(assigned)]))
    },
    async hasChanged() {
      const now = await countPartitions(cluster, new Set(partitionCounts.keys()))
      return [...now].some(([topic, count]) => count !== partitionCounts.get(topic))
    },
    onAssigned: assignment => onAssigned(decodeAssignment(assignment)),
  }
}

/** The number of partitions of each topic that is there. */
export async function countPartitions(
  cluster: Cluster,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const { topics } = await cluster.metadata([...names])
  const known = topics.filter(({ errorCode }) => errorCode === ErrorCode.none)
  return new Map(known.map(({ name, partitions }) => [name, partitions.length]))
}
