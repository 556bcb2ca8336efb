import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { RequestError } from '../../client/failures.ts'
import { createTopic, isTopicThere } from '../../client/topic-admin.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import type { Application } from '../topology/application.ts'
import {
  externalSinks,
  externalSources,
  type InternalTopicPlan,
  type PartitionPlan,
  planPartitions,
} from './partition-plan.ts'

/**
 * Looks at the topics of others, makes the application's own where they are missing, and answers what there is to do. Throws
 * OperatorErrors for topics that are missing, that cannot be joined, or that have changed in a way that state does not survive.
 */
export async function prepareTopics(cluster: Cluster, { name, plan }: Application): Promise<PartitionPlan> {
  const sources = await countsOf(cluster, externalSources(plan))
  checkSources(externalSources(plan), sources)
  const planned = planPartitions(name, plan, sources)
  await findSinks(cluster, externalSinks(plan), sources)
  const there = await countsOf(
    cluster,
    planned.internalTopics.map(topic => topic.name),
  )
  for (const topic of planned.internalTopics) {
    const count = there.get(topic.name)
    if (count === undefined) await create(cluster, topic)
    else if (count !== topic.partitions) throw outgrown(topic, count)
  }
  return planned
}

/** The number of partitions of each topic that is there. */
export async function countsOf(cluster: Cluster, topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (topics.length === 0) return new Map()
  const found = await cluster.metadata(topics)
  for (const { errorCode, name } of found.topics) {
    const isForbidden = errorCode === ErrorCode.topicAuthorizationFailed
    if (isForbidden) throw new RequestError(errorCode, `topic '${name}'`)
  }
  return new Map(
    found.topics
      .filter(({ partitions }) => partitions.length > 0)
      .map(({ name, partitions }) => [name, partitions.length]),
  )
}

function checkSources(wanted: readonly string[], found: ReadonlyMap<string, number>): void {
  const missing = wanted.filter(topic => !found.has(topic))
  if (missing.length === 0) return
  const names = missing.join(', ')
  const isOne = missing.length === 1
  throw new OperatorError(
    isOne ? `there is no topic ${names}: the script reads it` : `there are no topics ${names}: the script reads them`,
    {
      hint: `streamctl topic create ${missing.join(' ')} makes ${isOne ? 'one' : 'them'}; streamctl topic list shows what is there`,
    },
  )
}

/** Topics that are written are made by the broker where it does so on its own. */
async function findSinks(
  cluster: Cluster,
  wanted: readonly string[],
  sources: ReadonlyMap<string, number>,
): Promise<void> {
  const unknown = wanted.filter(topic => !sources.has(topic))
  if (unknown.length === 0) return
  const { topics } = await cluster.metadata(unknown, { autoCreate: true })
  const missing = topics.filter(({ errorCode }) => errorCode === ErrorCode.unknownTopicOrPartition)
  // Apache Kafka calls a topic unknown for a moment that it is just creating.
  for (const { name } of missing) await makeSink(cluster, name)
}

async function makeSink(cluster: Cluster, topic: string): Promise<void> {
  const pauses = cluster.backoff(3_000)
  for (;;) {
    if ((await countsOf(cluster, [topic])).has(topic)) return
    if (pauses.isOver) {
      throw new OperatorError(`there is no topic ${topic}: the script writes it`, {
        hint: `streamctl topic create ${topic} makes one`,
      })
    }
    await pauses.pause()
  }
}

async function create(cluster: Cluster, topic: InternalTopicPlan): Promise<void> {
  try {
    await createTopic(cluster, topic)
  } catch (error) {
    // Another instance starts at the same time.
    if (!(error instanceof RequestError) || !isTopicThere(error)) throw error
  }
  const pauses = cluster.backoff(15_000)
  while (!(await countsOf(cluster, [topic.name])).has(topic.name) && !pauses.isOver) await pauses.pause()
}

function outgrown({ name, partitions }: InternalTopicPlan, count: number): OperatorError {
  return new OperatorError(
    `the topic ${name} has ${count} partitions and would need ${partitions}: the topics that the script reads have changed`,
    { hint: 'keys are spread differently now, so state must be built anew: streamctl run SCRIPT --reset' },
  )
}
