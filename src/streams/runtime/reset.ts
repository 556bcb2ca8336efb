import { existsSync } from 'node:fs'
import path from 'node:path'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { deleteGroup, isGroupMissing } from '../../client/group-admin.ts'
import { deleteTopic } from '../../client/topic-admin.ts'
import { type GroupCommits, groupCommits } from '../../client/transaction-offsets.ts'
import type { Application } from '../topology/application.ts'
import { changelogTopic } from '../topology/topology.ts'
import { groupInstances } from './check-group.ts'
import { decodeNote } from './offset-metadata.ts'
import { countsOf } from './prepare-topics.ts'
import { removeState } from './state-directory.ts'

/** What a reset takes away. */
export interface ResetPlan {
  /** Changelogs and repartition topics, by whole name: also those of stores that the script no longer has. */
  readonly topics: readonly string[]
  /** Partitions that would be read from their starts again. */
  readonly committed: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
  /** The directory of local state, where there is one. */
  readonly directory: string | undefined
}

/** What a reset would do. Throws an OperatorError while instances run: they would go on, and write it all again. */
export async function planReset(cluster: Cluster, application: Application, stateBase: string): Promise<ResetPlan> {
  const { name } = application
  const running = await groupInstances(cluster, name)
  if (running.length > 0) {
    const where = running.flatMap(({ data }) => data?.endpoint || []).join(', ')
    throw new OperatorError(`${name} is running${where && `, at ${where}`}`, {
      hint: 'stop all its instances first; one that was killed is forgotten after 15 seconds',
      exitCode: ExitCode.failure,
    })
  }
  const commits = await groupCommits(cluster, name)
  const topics = [...(await countsOf(cluster, ownTopics(application, commits))).keys()]
  const committed = [...commits]
    .filter(([topic]) => !topics.includes(topic))
    .flatMap(([topic, partitions]) => [...partitions].map(([partition, { offset }]) => ({ topic, partition, offset })))
  const directory = path.join(stateBase, name)
  return { topics, committed, directory: existsSync(directory) ? directory : undefined }
}

/** Deletes local state, the application's own topics and its group: the next run starts from nothing. */
export async function reset(
  cluster: Cluster,
  application: Application,
  { plan, stateBase }: { readonly plan: ResetPlan; readonly stateBase: string },
): Promise<void> {
  removeState(stateBase, application.name)
  // The group last: as long as it is there, a reset that was interrupted can be done again.
  for (const topic of plan.topics) await deleteTopic(cluster, topic)
  const pauses = cluster.backoff()
  while ((await countsOf(cluster, plan.topics)).size > 0 && !pauses.isOver) await pauses.pause()
  try {
    await deleteGroup(cluster, application.name)
  } catch (error) {
    if (!isGroupMissing(error)) throw error
  }
}

/** By name alone a topic may be that of another application, whose name begins with this one's. */
function ownTopics({ name, plan }: Application, commits: GroupCommits): readonly string[] {
  const notes = [...commits.values()].flatMap(partitions => [...partitions.values()].map(({ metadata }) => metadata))
  const stores = [...plan.stores.keys(), ...notes.flatMap(note => Object.keys(decodeNote(note)?.stores ?? {}))]
  const read = [...commits.keys()].filter(topic => topic.startsWith(`${name}-`) && topic.endsWith('-repartition'))
  const made = [...plan.internalTopics.keys(), ...stores.map(changelogTopic)].map(topic => `${name}-${topic}`)
  return [...new Set([...made, ...read])]
}
