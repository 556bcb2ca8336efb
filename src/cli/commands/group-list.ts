import { listGroups } from '../../client/group-admin.ts'
import { defineCommand } from '../command.ts'
import { type BrokerOptions, brokersOption, jsonOption, openCluster } from '../options.ts'

interface ListOptions extends BrokerOptions {
  readonly json?: boolean
}

export const groupListCommand = defineCommand<ListOptions, []>({
  name: 'list',
  summary: 'list groups: name, state, protocol',
  options: [brokersOption, jsonOption],
  examples: [
    { command: 'streamctl group list', does: 'a table; in a pipe, columns with tabs between' },
    { command: 'streamctl group list --json', does: 'one JSON object a line' },
  ],
  run: async (context, options) => {
    const { output } = context
    const cluster = openCluster(context, options)
    try {
      const groups = await listGroups(cluster)
      if (options.json) for (const group of groups) output.json(group)
      else {
        output.table(groups, [
          { title: 'GROUP', value: row => row.group },
          { title: 'STATE', value: row => row.state || null },
          { title: 'PROTOCOL', value: row => row.protocolType || null },
          { title: 'TYPE', value: row => row.type || null },
        ])
      }
    } finally {
      cluster.close()
    }
    return undefined
  },
})
