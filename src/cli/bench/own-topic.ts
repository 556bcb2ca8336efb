import type { Cluster } from '../../client/cluster.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { createTopic, deleteTopic } from '../../client/topic-admin.ts'
import type { CommandContext } from '../command.ts'
import type { BrokerOptions } from '../options.ts'
import { openCluster } from '../options.ts'

/** Runs a benchmark on the topic that was given, or on one of its own that is removed afterwards, whatever happens. */
export async function withTopic<Result>(
  context: CommandContext,
  options: BrokerOptions & { readonly partitions: number; readonly replicas?: number },
  given: string | undefined,
  run: (cluster: Cluster, topic: string) => Promise<Result>,
): Promise<Result> {
  const cluster = openCluster(context, options)
  try {
    if (given !== undefined) return await run(cluster, given)
    const topic = `streamctl-bench-${context.env.random.bytes(4).toString('hex')}`
    await createTopic(cluster, { name: topic, partitions: options.partitions, replicas: options.replicas })
    try {
      await isReady(cluster, topic)
      return await run(cluster, topic)
    } finally {
      await deleteTopic(cluster, topic)
    }
  } finally {
    cluster.close()
  }
}

/** Apache Kafka creates a topic first, and tells brokers of it and of its leaders later. */
async function isReady(cluster: Cluster, topic: string): Promise<void> {
  const pauses = cluster.backoff()
  for (;;) {
    const found = await findTopic(cluster, topic).catch(error => {
      if (pauses.isOver) throw error
      return undefined
    })
    if (found?.partitions.every(({ leaderId }) => leaderId >= 0) || pauses.isOver) return
    await pauses.pause()
  }
}
