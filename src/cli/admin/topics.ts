import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { topicBytes } from '../../client/cluster-admin.ts'
import { RequestError } from '../../client/failures.ts'
import type { AdminSession } from './admin-command.ts'
import { matchingNames } from './names.ts'

/** All topics of a cluster, by name. */
export async function allTopics(cluster: Cluster): Promise<readonly TopicMetadata[]> {
  const { topics } = await cluster.metadata(null)
  return topics.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * The topics that names or, with `regex`, patterns choose. Patterns pass over the brokers' internal topics, which have to be
 * named. Throws `OperatorError` if no topic matches a pattern.
 */
export async function chosenTopics(
  cluster: Cluster,
  topics: readonly string[],
  regex: boolean | undefined,
): Promise<readonly string[]> {
  if (!regex) return topics
  const all = await allTopics(cluster)
  const names = matchingNames(
    all.filter(({ isInternal }) => !isInternal).map(({ name }) => name),
    topics,
  )
  if (names.length === 0) {
    throw new OperatorError(`no topic matches ${topics.join(' or ')}`, {
      hint: 'streamctl topic list shows what is there',
      exitCode: ExitCode.failure,
    })
  }
  return names
}

/** What one copy of each topic takes on disk; not known to users who may not ask the brokers for it. */
export async function topicSizes({ cluster, output }: AdminSession): Promise<ReadonlyMap<string, number>> {
  try {
    return await topicBytes(cluster)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    output.note(`sizes are not known: ${error.message}`)
    return new Map()
  }
}

/** What is wrong with a topic's partitions: without a leader, and with replicas that are not in sync. */
export function partitionTroubles({ partitions }: Pick<TopicMetadata, 'partitions'>): {
  readonly leaderless: number
  readonly underReplicated: number
} {
  return {
    leaderless: partitions.filter(({ leaderId }) => leaderId < 0).length,
    underReplicated: partitions.filter(({ replicas, inSyncReplicas }) => inSyncReplicas.length < replicas.length)
      .length,
  }
}

/** How many topics and partitions a cluster has, and what is wrong with them. */
export async function allTopicsTroubles(cluster: Cluster): Promise<{
  readonly topics: number
  readonly partitions: number
  readonly leaderless: number
  readonly underReplicated: number
}> {
  const topics = await allTopics(cluster)
  const troubles = topics.map(partitionTroubles)
  return {
    topics: topics.length,
    partitions: topics.reduce((sum, { partitions }) => sum + partitions.length, 0),
    leaderless: troubles.reduce((sum, { leaderless }) => sum + leaderless, 0),
    underReplicated: troubles.reduce((sum, { underReplicated }) => sum + underReplicated, 0),
  }
}
