import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'
import { Caller } from '../caller.ts'

interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly configs?: Readonly<Record<string, string>>
}

const version = 5

/** Creates topics on the node and waits until they are there. */
export async function createTopics(
  node: { readonly host: string; readonly port: number },
  topics: readonly NewTopic[],
): Promise<void> {
  const caller = await Caller.open(node)
  const answer = await caller.call(createTopicsApi, version, {
    timeoutMs: 60_000,
    topics: topics.map(({ name, partitions, configs = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
  })
  caller.close()
  const refused = answer.topics.find(topic => topic.errorCode !== 0)
  if (refused) throw new Error(`cannot create the topic ${refused.name}: error ${refused.errorCode}`)
}
