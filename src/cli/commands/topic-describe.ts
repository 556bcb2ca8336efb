import type { Cluster } from '../../client/cluster.ts'
import { endOffsets, findTopic, startOffsets } from '../../client/list-offsets.ts'
import { topicSettings } from '../../client/topic-admin.ts'
import { defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, jsonOption, openCluster } from '../options.ts'
import type { Output } from '../output.ts'

interface DescribeOptions extends BrokerOptions {
  readonly all?: boolean
  readonly json?: boolean
}

export const topicDescribeCommand = defineCommand<DescribeOptions, [topics: readonly string[]]>({
  name: 'describe',
  summary: 'show partitions, offsets and settings of topics',
  arguments: [{ name: '<topics...>', help: 'their names' }],
  options: [...brokerOptions, { flags: '-a, --all', help: "also settings that are the broker's" }, jsonOption],
  examples: [
    { command: 'streamctl topic describe web', does: 'partitions with their offsets, and the settings of its own' },
    { command: 'streamctl topic describe web --all --json', does: 'everything, as JSON' },
  ],
  run: async (context, options, topics) => {
    const cluster = openCluster(context, options)
    try {
      for (const name of topics) {
        const description = await describe(cluster, name, options.all === true)
        if (options.json) context.output.json(description)
        else show(context.output, description)
      }
    } finally {
      cluster.close()
    }
    return undefined
  },
})

type Description = Awaited<ReturnType<typeof describe>>

async function describe(cluster: Cluster, name: string, all: boolean) {
  const topic = await findTopic(cluster, name)
  const numbers = topic.partitions.map(({ partition }) => partition)
  const [start, end, settings] = await Promise.all([
    startOffsets(cluster, topic, numbers),
    endOffsets(cluster, topic, numbers, 'uncommitted'),
    topicSettings(cluster, name),
  ])
  return {
    topic: name,
    id: topic.topicId,
    internal: topic.isInternal,
    settings: Object.fromEntries(
      settings.filter(({ isOwn }) => all || isOwn).map(({ name: key, value }) => [key, value]),
    ),
    partitions: topic.partitions.map(partition => ({
      partition: partition.partition,
      leader: partition.leaderId,
      epoch: partition.leaderEpoch,
      replicas: partition.replicas,
      inSync: partition.inSyncReplicas,
      start: start.get(partition.partition) ?? null,
      end: end.get(partition.partition) ?? null,
    })),
  }
}

function show(output: Output, { topic, id, settings, partitions }: Description): void {
  const facts: readonly (readonly [string, string])[] = [
    ['topic', topic],
    ['id', id],
    ...Object.entries(settings).map(([name, value]) => [name, value ?? ''] as const),
  ]
  output.table(facts, [
    { title: 'NAME', value: ([name]) => name },
    { title: 'VALUE', value: ([, value]) => value },
  ])
  output.line('')
  output.table(partitions, [
    { title: 'PARTITION', value: row => row.partition, align: 'right' },
    { title: 'LEADER', value: row => row.leader, align: 'right' },
    { title: 'REPLICAS', value: row => row.replicas.join(',') },
    { title: 'IN SYNC', value: row => row.inSync.join(',') },
    { title: 'START', value: row => row.start, align: 'right' },
    { title: 'END', value: row => row.end, align: 'right' },
  ])
}
