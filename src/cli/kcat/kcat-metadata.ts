import { addressText } from '../../client/address.ts'
import type { Cluster, ClusterMetadata, TopicMetadata } from '../../client/cluster.ts'
import { findTopic, offsetsAtTime } from '../../client/list-offsets.ts'
import type { Output } from '../output.ts'
import { brokerWord, failureWord, KcatError, leaderNotAvailableCode } from './kcat-error.ts'
import { quoted } from './kcat-json.ts'
import type { KcatOptions } from './kcat-options.ts'

/** `-L`: brokers, topics and partitions, as text or with `-J` as one JSON object without a newline. */
export async function listMetadata(cluster: Cluster, output: Output, options: KcatOptions): Promise<void> {
  const { topic, json } = options
  const metadata = await ask(cluster, topic)
  const origin = originOf(cluster, metadata)
  output.write(json ? metadataJson(metadata, origin, topic) : metadataText(metadata, origin, topic))
}

async function ask(cluster: Cluster, topic: string | undefined): Promise<ClusterMetadata> {
  try {
    return await cluster.metadata(topic === undefined ? null : [topic], { autoCreate: topic !== undefined })
  } catch (error) {
    const word = failureWord(error)
    const hint = word.startsWith('Local: Broker transport failure')
      ? ' (Are the brokers reachable? Also try increasing the metadata timeout with -m <timeout>?)'
      : ''
    throw new KcatError('fatal', `Failed to acquire metadata: ${word}${hint}`, { cause: error })
  }
}

interface Origin {
  readonly id: number
  readonly name: string
}

/** The broker that answered, as librdkafka names it: by its id once that is known. */
function originOf(cluster: Cluster, { brokers }: ClusterMetadata): Origin {
  for (const address of cluster.bootstrap) {
    for (const [id, broker] of brokers) {
      if (addressText(broker) === addressText(address)) return { id, name: `${addressText(broker)}/${id}` }
    }
  }
  const [first] = cluster.bootstrap
  return { id: -1, name: `${first ? addressText(first) : ''}/bootstrap` }
}

function metadataText(
  { brokers, controllerId, topics }: ClusterMetadata,
  origin: Origin,
  topic: string | undefined,
): string {
  const lines = [
    `Metadata for ${topic ?? 'all topics'} (from broker ${origin.id}: ${origin.name}):`,
    ` ${brokers.size} brokers:`,
    ...[...brokers].map(
      ([id, { host, port }]) => `  broker ${id} at ${host}:${port}${id === controllerId ? ' (controller)' : ''}`,
    ),
    ` ${topics.length} topics:`,
    ...topics.flatMap(topicLines),
  ]
  return `${lines.join('\n')}\n`
}

function topicLines({ name, partitions, errorCode }: TopicMetadata): readonly string[] {
  const problem = errorCode === 0 ? '' : ` ${brokerWord(errorCode)}`
  const retry = errorCode === leaderNotAvailableCode ? ' (try again)' : ''
  return [
    `  topic "${name}" with ${partitions.length} partitions:${problem}${retry}`,
    ...partitions.map(({ partition, leaderId, replicas, inSyncReplicas }) => {
      const isrs = inSyncReplicas.join(',')
      const error = leaderId < 0 ? `, ${brokerWord(leaderNotAvailableCode)}` : ''
      return `    partition ${partition}, leader ${leaderId}, replicas: ${replicas.join(',')}, isrs: ${isrs}${error}`
    }),
  ]
}

function metadataJson(
  { brokers, controllerId, topics }: ClusterMetadata,
  origin: Origin,
  topic: string | undefined,
): string {
  const ids = (list: readonly number[]): string => `[${list.map(id => `{"id":${id}}`).join(',')}]`
  const brokerList = [...brokers].map(([id, { host, port }]) => `{"id":${id},"name":${quoted(`${host}:${port}`)}}`)
  const topicList = topics.map(({ name, errorCode, partitions }) => {
    const error = errorCode === 0 ? '' : `"error":${quoted(brokerWord(errorCode))},`
    const list = partitions.map(({ partition, leaderId, replicas, inSyncReplicas }) => {
      const problem = leaderId < 0 ? `"error":${quoted(brokerWord(leaderNotAvailableCode))},` : ''
      return `{"partition":${partition},${problem}"leader":${leaderId},"replicas":${ids(replicas)},"isrs":${ids(inSyncReplicas)}}`
    })
    return `{"topic":${quoted(name)},${error}"partitions":[${list.join(',')}]}`
  })
  return (
    `{"originating_broker":{"id":${origin.id},"name":${quoted(origin.name)}},"query":{"topic":${quoted(topic ?? '*')}},` +
    `"controllerid":${controllerId},"brokers":[${brokerList.join(',')}],"topics":[${topicList.join(',')}]}`
  )
}

/** `-Q`: for each topic:partition:timestamp the first offset that is not older; -1 if there is none. */
export async function queryOffsets(cluster: Cluster, output: Output, { queries, json }: KcatOptions): Promise<void> {
  const found: { topic: string; partition: number; offset: number }[] = []
  for (const { topic: name, partition, timestampMs } of queries) {
    try {
      const topic = await findTopic(cluster, name)
      const offset = await offsetAt(cluster, topic, { partition, timestampMs })
      found.push({ topic: name, partition, offset })
    } catch (error) {
      throw new KcatError('fatal', `offsets_for_times failed: ${failureWord(error)}`, { cause: error })
    }
  }
  // librdkafka answers a list in the order of topics and partitions.
  found.sort((a, b) => compareBytes(a.topic, b.topic) || a.partition - b.partition)
  if (json) output.write(queriesJson(found))
  else for (const { topic, partition, offset } of found) output.write(`${topic} [${partition}] offset ${offset}\n`)
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

async function offsetAt(
  cluster: Cluster,
  topic: TopicMetadata,
  { partition, timestampMs }: { readonly partition: number; readonly timestampMs: number },
): Promise<number> {
  // -1 and -2 are Kafka's names for the end and the start.
  const offsets = await offsetsAtTime(cluster, topic, [partition], timestampMs)
  return offsets.get(partition) ?? -1
}

function queriesJson(found: readonly { topic: string; partition: number; offset: number }[]): string {
  const byTopic = [...Map.groupBy(found, ({ topic }) => topic)].map(([topic, partitions]) => {
    const list = partitions.map(
      ({ partition, offset }) => `${quoted(String(partition))}:{"partition":${partition},"offset":${offset}}`,
    )
    return `${quoted(topic)}:{"topic":${quoted(topic)},${list.join(',')}}`
  })
  return `{${byTopic.join(',')}}`
}
