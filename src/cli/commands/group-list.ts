import { listGroups } from '../../client/group-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { matchingNames, regexOption } from '../admin/names.ts'

interface ListOptions {
  readonly regex?: boolean
  readonly state?: string
}

export const groupListCommand = defineAdminCommand<ListOptions, [groups: readonly string[]]>({
  name: 'list',
  summary: 'list groups: name, state, protocol',
  description: 'JSON fields: `group`, `state`, `protocolType`, `type`.',
  arguments: [{ name: '[groups...]', help: 'only these; all of them by default' }],
  options: [regexOption, { flags: '--state <state>', help: 'only groups in this state: Stable, Empty, …' }],
  examples: [
    { command: 'streamctl group list', does: 'a table; in a pipe, columns with tabs between' },
    { command: 'streamctl group list --json', does: 'one JSON object a line' },
    { command: "streamctl group list -r 'test-.*' --state empty", does: 'groups of tests that nobody uses' },
  ],
  run: async ({ cluster, report }, { regex, state }, groups) => {
    const all = await listGroups(cluster)
    const names = all.map(({ group }) => group)
    const wanted = new Set(
      groups.length === 0 ? names : regex ? matchingNames(names, groups) : names.filter(name => groups.includes(name)),
    )
    const rows = all.filter(
      group => wanted.has(group.group) && (!state || group.state.toLowerCase() === state.toLowerCase()),
    )
    report.rows(rows, [
      { title: 'GROUP', value: row => row.group },
      { title: 'STATE', value: row => row.state || null },
      { title: 'PROTOCOL', value: row => row.protocolType || null },
      { title: 'TYPE', value: row => row.type || null },
    ])
    return undefined
  },
})
