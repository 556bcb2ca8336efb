import type { Cluster } from '../../client/cluster.ts'
import { describeSettings } from '../../client/config-admin.ts'
import { endOffsets, findTopic, startOffsets } from '../../client/list-offsets.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { regexOption } from '../admin/names.ts'
import { chosenTopics, topicSizes } from '../admin/topics.ts'
import { eachOf } from '../each-of.ts'
import { facts, table } from '../table/table.ts'

interface DescribeOptions {
  readonly all?: boolean
  readonly regex?: boolean
}

export const topicDescribeCommand = defineAdminCommand<DescribeOptions, [topics: readonly string[]]>({
  name: 'describe',
  summary: 'show partitions, offsets and settings of topics',
  description:
    'JSON fields: `topic`, `id`, `internal`, `records` (offsets in use), `settings` by name, `partitions` with ' +
    '`partition`, `leader`, `epoch`, `replicas`, `inSync`, `start`, `end`.',
  arguments: [{ name: '<topics...>', help: 'their names' }],
  options: [{ flags: '-a, --all', help: "also settings that are the broker's" }, regexOption],
  examples: [
    { command: 'streamctl topic describe web', does: 'partitions with their offsets, and the settings of its own' },
    { command: 'streamctl topic describe web --all --json', does: 'everything, as JSON' },
    { command: "streamctl topic describe -r 'web-.*'", does: 'topics by a pattern' },
  ],
  run: async (session, { all = false, regex }, topics) => {
    const { cluster, report, output } = session
    const bytes = report.isWide ? await topicSizes(session) : undefined
    return eachOf(await chosenTopics(cluster, topics, regex), output, async name => {
      const topic = await describe(cluster, name, all)
      report.thing(topic, [
        facts([
          ['topic', name],
          ['id', topic.id],
          ['records', topic.records, 'number'],
          ...(bytes ? [['size', bytes.get(name) ?? null, 'bytes'] as const] : []),
          ...Object.entries(topic.settings),
        ]),
        table(topic.partitions, [
          { title: 'PARTITION', value: row => row.partition, as: 'number' },
          { title: 'LEADER', value: row => row.leader, as: 'number' },
          { title: 'EPOCH', value: row => row.epoch, as: 'number', isWide: true },
          { title: 'REPLICAS', value: row => row.replicas.join(',') },
          { title: 'IN SYNC', value: row => row.inSync.join(',') },
          { title: 'START', value: row => row.start, as: 'number' },
          { title: 'END', value: row => row.end, as: 'number' },
          { title: 'RECORDS', value: row => recordsOf(row), as: 'number', isWide: true },
        ]),
      ])
    })
  },
})

async function describe(cluster: Cluster, name: string, all: boolean) {
  const topic = await findTopic(cluster, name)
  // Partitions without a leader have nobody to ask for offsets: the rest is shown.
  const numbers = topic.partitions.filter(({ leaderId }) => leaderId >= 0).map(({ partition }) => partition)
  const [start, end, settings] = await Promise.all([
    startOffsets(cluster, topic, numbers),
    endOffsets(cluster, topic, numbers, 'uncommitted'),
    describeSettings(cluster, { kind: 'topic', name }),
  ])
  const partitions = topic.partitions.map(partition => ({
    partition: partition.partition,
    leader: partition.leaderId < 0 ? null : partition.leaderId,
    epoch: partition.leaderEpoch,
    replicas: partition.replicas,
    inSync: partition.inSyncReplicas,
    start: start.get(partition.partition) ?? null,
    end: end.get(partition.partition) ?? null,
  }))
  return {
    topic: name,
    id: topic.topicId,
    internal: topic.isInternal,
    records: partitions.reduce((sum, partition) => sum + (recordsOf(partition) ?? 0), 0),
    settings: Object.fromEntries(
      settings.filter(({ source }) => all || source === 'topic').map(({ name: key, value }) => [key, value]),
    ),
    partitions,
  }
}

function recordsOf({ start, end }: { readonly start: number | null; readonly end: number | null }): number | null {
  return start === null || end === null ? null : end - start
}
