import { groupLag } from '../../client/group-lag.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { chosenGroups, groupData, lagColumns, totalLag } from '../admin/groups.ts'
import { regexOption } from '../admin/names.ts'
import { eachOf } from '../each-of.ts'
import { facts, table } from '../table/table.ts'

export const groupDescribeCommand = defineAdminCommand<{ readonly regex?: boolean }, [groups: readonly string[]]>({
  name: 'describe',
  summary: 'show members, committed offsets and lag of groups',
  description:
    'JSON fields: `group`, `state`, `protocol`, `lag` (records), `lagMs` (age of the oldest record to be read), `members` ' +
    'with `memberId`, `clientId`, `clientHost` and `partitions`, and `partitions` as group lag shows them.',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  options: [regexOption],
  examples: [
    { command: 'streamctl group describe billing', does: 'who reads what, and how far behind' },
    { command: 'streamctl group describe billing --json', does: 'the same as JSON' },
    { command: "streamctl group describe -r 'b.*' --format wide", does: 'groups by a pattern, with hosts' },
  ],
  run: async ({ cluster, report, output }, { regex }, groups) =>
    eachOf(await chosenGroups(cluster, groups, regex), output, async name => {
      const group = await groupLag(cluster, name)
      const { lag, lagMs } = totalLag(group.partitions)
      report.thing(groupData(group), [
        facts([
          ['group', name],
          ['state', group.state],
          ['assignor', group.protocol || '-'],
          ['members', group.members.length],
          ['lag', lag],
          ['lag time', lagMs, 'milliseconds'],
        ]),
        table(group.partitions, [
          ...lagColumns,
          { title: 'MEMBER', value: row => row.memberId },
          { title: 'HOST', value: row => row.host },
          { title: 'CLIENT', value: row => row.clientId, isWide: true },
        ]),
      ])
    }),
})
