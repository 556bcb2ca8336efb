import { OperatorError } from '../../base/errors.ts'
import { changelogTopic, type StoreDefinition, type SubTopology, type TopologyPlan } from '../topology/topology.ts'
import { taskId } from './task-id.ts'

/** A topic that the application makes for itself, as the broker is to have it. */
export interface InternalTopicPlan {
  /** The whole name, the application's before it. */
  readonly name: string
  readonly partitions: number
  readonly settings: readonly (readonly [name: string, value: string])[]
}

/** A task as the leader shares it out. */
export interface PlannedTask {
  readonly id: string
  readonly subTopology: SubTopology
  readonly partition: number
  /** What it reads: whole topic names. */
  readonly sources: readonly { readonly topic: string; readonly partition: number }[]
  /** The changelogs of its state. */
  readonly changelogs: readonly string[]
}

export interface PartitionPlan {
  /** By whole name, of every topic that is read or is the application's own. */
  readonly partitionCounts: ReadonlyMap<string, number>
  readonly internalTopics: readonly InternalTopicPlan[]
  readonly tasks: readonly PlannedTask[]
}

const day = 86_400_000

/** A topic's name as the broker knows it. */
export function wholeTopic(application: string, plan: TopologyPlan, topic: string): string {
  return plan.internalTopics.has(topic) ? `${application}-${topic}` : topic
}

/** The whole name of a store's changelog; undefined where it has none. */
export function changelogOf(application: string, store: StoreDefinition): string | undefined {
  return store.changelog ? `${application}-${changelogTopic(store.name)}` : undefined
}

/** The topics of others that the application reads. */
export function externalSources(plan: TopologyPlan): readonly string[] {
  const topics = plan.subTopologies.flatMap(({ sourceTopics }) => sourceTopics)
  return [...new Set(topics)].filter(topic => !plan.internalTopics.has(topic))
}

/** The topics of others that the application writes. */
export function externalSinks(plan: TopologyPlan): readonly string[] {
  const topics = plan.nodes.flatMap(node => (node.kind === 'sink' ? [node.topic] : []))
  return [...new Set(topics)].filter(topic => !plan.internalTopics.has(topic))
}

/**
 * How many partitions everything has, and which tasks follow, as Kafka Streams decides it: a repartition topic has as many as
 * the script says, else as those with which it is joined, else as the most of what is upstream; a changelog as many as its
 * sub-topology has tasks. `external`: partitions by topic of others. Throws OperatorError where topics that are joined have
 * different numbers.
 */
export function planPartitions(
  application: string,
  plan: TopologyPlan,
  external: ReadonlyMap<string, number>,
): PartitionPlan {
  const counts = new Map(external)
  countRepartitions(plan, counts)
  for (const group of plan.copartitioned) alignGroup(plan, group, counts)
  const whole = (topic: string): string => wholeTopic(application, plan, topic)
  const repartitions = [...plan.internalTopics.keys()].map(name => ({
    name: whole(name),
    partitions: counts.get(name) ?? 1,
    settings: repartitionSettings,
  }))
  const changelogs = plan.subTopologies.flatMap(part =>
    part.global ? [] : part.stores.flatMap(store => changelogTopics(application, store, tasksOf(part, counts))),
  )
  const tasks = plan.subTopologies.flatMap(part => (part.global ? [] : plannedTasks(application, plan, part, counts)))
  return {
    partitionCounts: new Map([
      ...[...counts].map(([topic, count]): [string, number] => [whole(topic), count]),
      ...changelogs.map(({ name, partitions }): [string, number] => [name, partitions]),
    ]),
    internalTopics: [...repartitions, ...changelogs],
    tasks,
  }
}

const repartitionSettings = [
  ['cleanup.policy', 'delete'],
  ['message.timestamp.type', 'CreateTime'],
  ['retention.ms', '-1'],
  // Small segments: what is processed is deleted, segment by segment.
  ['segment.bytes', String(50 * 1024 * 1024)],
] as const

function changelogTopics(application: string, store: StoreDefinition, partitions: number): InternalTopicPlan[] {
  const name = changelogOf(application, store)
  return name === undefined ? [] : [{ name, partitions, settings: changelogSettings(store) }]
}

/** Kafka Streams': a day more than the store keeps, as clocks differ (`windowstore.changelog.additional.retention.ms`). */
function changelogSettings({ kind, retentionMs }: StoreDefinition): InternalTopicPlan['settings'] {
  const always = ['message.timestamp.type', 'CreateTime'] as const
  const keptMs = String((retentionMs ?? 0) + day)
  switch (kind) {
    case 'window':
    case 'session':
      return [['cleanup.policy', 'compact,delete'], ['retention.ms', keptMs], always]
    case 'versioned':
      return [['cleanup.policy', 'compact'], ['min.compaction.lag.ms', keptMs], always]
    default:
      return [['cleanup.policy', 'compact'], always]
  }
}

function plannedTasks(
  application: string,
  plan: TopologyPlan,
  part: SubTopology,
  counts: ReadonlyMap<string, number>,
): PlannedTask[] {
  const changelogs = part.stores.flatMap(store => changelogOf(application, store) ?? [])
  return Array.from({ length: tasksOf(part, counts) }, (_, partition) => ({
    id: taskId(part.id, partition),
    subTopology: part,
    partition,
    sources: part.sourceTopics
      .filter(topic => partition < (counts.get(topic) ?? 0))
      .map(topic => ({ topic: wholeTopic(application, plan, topic), partition })),
    changelogs,
  }))
}

function tasksOf({ sourceTopics }: SubTopology, counts: ReadonlyMap<string, number>): number {
  return Math.max(0, ...sourceTopics.map(topic => counts.get(topic) ?? 0))
}

/** Goes on until nothing more is learnt: repartition topics may lie behind one another. */
function countRepartitions(plan: TopologyPlan, counts: Map<string, number>): void {
  for (const { name, partitions } of plan.internalTopics.values()) {
    if (partitions !== undefined) counts.set(name, partitions)
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const { name, partitions } of plan.internalTopics.values()) {
      if (partitions !== undefined) continue
      const writers = plan.subTopologies.filter(({ nodes }) =>
        nodes.some(node => node.kind === 'sink' && node.topic === name),
      )
      const count = Math.max(0, ...writers.map(writer => tasksOf(writer, counts)))
      if (count > (counts.get(name) ?? 0)) {
        counts.set(name, count)
        changed = true
      }
    }
  }
}

function alignGroup(plan: TopologyPlan, group: readonly string[], counts: Map<string, number>): void {
  const isFree = (topic: string): boolean => {
    const internal = plan.internalTopics.get(topic)
    return internal !== undefined && internal.partitions === undefined
  }
  const fixed = group.filter(topic => !isFree(topic))
  const first = fixed[0]
  const count = first === undefined ? Math.max(...group.map(topic => counts.get(topic) ?? 1)) : (counts.get(first) ?? 1)
  if (fixed.some(topic => (counts.get(topic) ?? 1) !== count)) {
    const listed = fixed.map(topic => `${topic} has ${counts.get(topic) ?? 1}`).join(', ')
    throw new OperatorError(`topics that are joined must have the same number of partitions: ${listed}`, {
      hint: 'send one through .repartition({ partitions: N }) in the script, or give the topics equal numbers',
    })
  }
  for (const topic of group.filter(isFree)) counts.set(topic, count)
}
