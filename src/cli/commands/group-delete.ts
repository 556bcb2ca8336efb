import { deleteGroup } from '../../client/group-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { agreed, yesOption } from '../admin/confirm.ts'
import { chosenGroups } from '../admin/groups.ts'
import { regexOption } from '../admin/names.ts'
import { eachOf } from '../each-of.ts'

interface DeleteOptions {
  readonly regex?: boolean
  readonly yes?: boolean
}

export const groupDeleteCommand = defineAdminCommand<DeleteOptions, [groups: readonly string[]]>({
  name: 'delete',
  summary: 'delete groups without members, and their offsets',
  description: 'On a terminal it asks. In a script it asks nobody, but groups that a pattern chose need --yes.',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  options: [regexOption, yesOption],
  examples: [
    { command: 'streamctl group delete billing', does: 'one group' },
    { command: 'streamctl group delete test-1 test-2', does: 'several; what fails does not keep the others' },
    { command: "streamctl group delete -r 'test-.*' --yes", does: 'all whose whole name matches' },
  ],
  run: async (session, { regex, yes }, groups) => {
    const { cluster, output, report, io } = session
    const names = await chosenGroups(cluster, groups, regex)
    if (!yes && (regex || io.stdin.isTTY)) {
      for (const name of names) output.note(`would delete group '${name}' and its offsets`)
    }
    const what = names.length === 1 ? `Delete group '${names[0]}'?` : `Delete ${names.length} groups?`
    if (!(await agreed(session, what, { yes, isBroad: regex }))) return 1
    return eachOf(names, output, async group => {
      await deleteGroup(cluster, group)
      report.done({ group, outcome: 'deleted' }, `group '${group}' deleted`)
    })
  },
})
