import type { Cluster } from '../../client/cluster.ts'
import {
  assignmentUserData,
  encodeAssignment,
  encodeSubscription,
  subscriptionUserData,
} from '../../client/group-protocol.ts'
import type { GroupStrategy } from '../../client/group-strategy.ts'
import { endOffsets, findTopic } from '../../client/list-offsets.ts'
import type { Application } from '../topology/application.ts'
import { type AssignableTask, assignDefaults, assignTasks } from './assign-tasks.ts'
import {
  type AssignmentData,
  decodeAssignmentData,
  decodeMemberData,
  encodeData,
  type MemberData,
} from './member-data.ts'
import { externalSources, type PartitionPlan, wholeTopic } from './partition-plan.ts'
import { countsOf, prepareTopics } from './prepare-topics.ts'

export interface TaskStrategyOptions {
  readonly cluster: Cluster
  readonly application: Application
  /** What this member says of itself now. */
  readonly data: () => MemberData
  readonly onAssigned: (assignment: AssignmentData) => Promise<void>
  readonly onNotice: (text: string) => void
}

/** The name that all instances of all scripts give to their way of sharing out. */
export const strategyName = 'streamctl'

/**
 * How instances of an application share out their tasks: the group's leader looks at the topics, asks where the changelogs
 * end, and decides by `assignTasks`. The partitions stand in the assignment as the consumer protocol has them, so that every
 * tool shows who reads what, and how far.
 */
export function taskStrategy({ cluster, application, data, onAssigned, onNotice }: TaskStrategyOptions): GroupStrategy {
  const { name, plan } = application
  const topics = plan.subTopologies
    .filter(part => !part.global)
    .flatMap(({ sourceTopics }) => sourceTopics.map(topic => wholeTopic(name, plan, topic)))
  let planned: PartitionPlan | undefined
  return {
    names: [strategyName],
    subscription: () => encodeSubscription(topics, encodeData(data())),
    async assign(_, joined) {
      const members = joined.map(({ memberId, metadata }) => ({
        memberId,
        data: decodeMemberData(subscriptionUserData(metadata)),
      }))
      const same = members.filter(member => member.data.topology === data().topology)
      if (same.length < members.length) {
        onNotice('an instance with another topology has joined: it gets no tasks as long as this one leads')
      }
      planned = await prepareTopics(cluster, application)
      const shared = assignTasks(
        await assignableTasks(cluster, planned),
        same.map(member => ({
          memberId: member.memberId,
          process: member.data.process,
          active: new Set(member.data.active),
          state: new Map(Object.entries(member.data.state)),
        })),
        { ...assignDefaults, standbys: Math.max(0, ...same.map(member => member.data.standbys)) },
      )
      return new Map([...shared].map(([memberId, given]) => [memberId, encoded(planned!, { streamctl: 1, ...given })]))
    },
    async hasChanged() {
      const counts = await countsOf(cluster, externalSources(plan))
      return [...counts].some(([topic, count]) => planned && planned.partitionCounts.get(topic) !== count)
    },
    onAssigned: assignment => onAssigned(decodeAssignmentData(assignmentUserData(assignment))),
  }
}

function encoded({ tasks }: PartitionPlan, data: AssignmentData): Buffer {
  const sources = tasks.filter(({ id }) => data.active.includes(id)).flatMap(task => task.sources)
  const assigned = [...Map.groupBy(sources, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    partitions: of.map(({ partition }) => partition).toSorted((a, b) => a - b),
  }))
  return encodeAssignment(assigned, encodeData(data))
}

/** How much state each task has: the ends of its changelogs. */
async function assignableTasks(cluster: Cluster, { tasks }: PartitionPlan): Promise<AssignableTask[]> {
  const ends = new Map<string, ReadonlyMap<number, number>>()
  for (const changelog of new Set(tasks.flatMap(({ changelogs }) => changelogs))) {
    const topic = await findTopic(cluster, changelog)
    const partitions = topic.partitions.map(({ partition }) => partition)
    ends.set(changelog, await endOffsets(cluster, topic, partitions, 'uncommitted'))
  }
  return tasks.map(({ id, partition, changelogs }) => ({
    id,
    endSum:
      changelogs.length === 0
        ? undefined
        : changelogs.reduce((sum, changelog) => sum + (ends.get(changelog)?.get(partition) ?? 0), 0),
  }))
}
