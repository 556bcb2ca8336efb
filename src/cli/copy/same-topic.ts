import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { describeSettings } from '../../client/config-admin.ts'
import { RequestError } from '../../client/failures.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { createTopic, isTopicThere } from '../../client/topic-admin.ts'

/** What makes a topic what it is, besides its records. */
export interface TopicShape {
  readonly name: string
  readonly partitions: number
  /** Settings of the topic's own, not the broker's defaults. */
  readonly settings: readonly (readonly [name: string, value: string])[]
}

/** These name brokers of one cluster: they mean nothing in another. */
const clusterBound: ReadonlySet<string> = new Set([
  'leader.replication.throttled.replicas',
  'follower.replication.throttled.replicas',
])

/** Partitions and settings of a topic. Throws `RequestError`. */
export async function shapeOf(cluster: Cluster, { name, partitions }: TopicMetadata): Promise<TopicShape> {
  const settings = await describeSettings(cluster, { kind: 'topic', name })
  return {
    name,
    partitions: partitions.length,
    settings: settings
      .filter(({ source, value, name: setting }) => source === 'topic' && value !== null && !clusterBound.has(setting))
      .map(({ name: setting, value }) => [setting, value ?? '']),
  }
}

/**
 * Makes a topic with this shape if there is none of its name; one that is there must have at least as many partitions.
 * True if it was made. Throws `RequestError`, `OperatorError`.
 */
export async function ensureTopic(cluster: Cluster, { name, partitions, settings }: TopicShape): Promise<boolean> {
  try {
    await createTopic(cluster, { name, partitions, settings })
    return true
  } catch (error) {
    if (!(error instanceof RequestError && isTopicThere(error))) throw error
  }
  const present = await findTopic(cluster, name)
  if (present.partitions.length >= partitions) return false
  throw new OperatorError(
    `topic '${name}' has ${present.partitions.length} partitions at the destination, but ${partitions} at the source`,
    {
      hint: `records keep their partitions: streamctl topic alter ${name} -p ${partitions}`,
      exitCode: ExitCode.failure,
    },
  )
}
