import { defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, jsonOption, openCluster } from '../options.ts'

interface ListOptions extends BrokerOptions {
  readonly all?: boolean
  readonly json?: boolean
}

export const topicListCommand = defineCommand<ListOptions, []>({
  name: 'list',
  summary: 'list topics: name, partitions, replicas',
  options: [...brokerOptions, { flags: '-a, --all', help: "also the brokers' internal topics" }, jsonOption],
  examples: [
    { command: 'streamctl topic list', does: 'a table; in a pipe, columns with tabs between' },
    { command: 'streamctl topic list --json', does: 'one JSON object a line' },
  ],
  run: async (context, options) => {
    const { output } = context
    const cluster = openCluster(context, options)
    try {
      const { topics } = await cluster.metadata(null)
      const rows = topics
        .filter(({ isInternal }) => options.all || !isInternal)
        .map(({ name, isInternal, partitions }) => ({
          topic: name,
          partitions: partitions.length,
          replicas: partitions[0]?.replicas.length ?? 0,
          internal: isInternal,
        }))
        .toSorted((a, b) => a.topic.localeCompare(b.topic))
      if (options.json) for (const row of rows) output.json(row)
      else {
        output.table(rows, [
          { title: 'TOPIC', value: row => row.topic },
          { title: 'PARTITIONS', value: row => row.partitions, align: 'right' },
          { title: 'REPLICAS', value: row => row.replicas, align: 'right' },
        ])
      }
    } finally {
      cluster.close()
    }
    return undefined
  },
})
