import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { committedOffsets, deleteGroup, forgetOffsets } from '../../client/group-admin.ts'
import { type PartitionChoice, parsePartitionChoice } from '../../client/seek-plan.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { agreed, yesOption } from '../admin/confirm.ts'
import { chosenGroups } from '../admin/groups.ts'
import { regexOption } from '../admin/names.ts'
import { eachOf } from '../each-of.ts'

interface DeleteOptions {
  readonly topic?: readonly PartitionChoice[]
  readonly regex?: boolean
  readonly yes?: boolean
}

export const groupDeleteCommand = defineAdminCommand<DeleteOptions, [groups: readonly string[]]>({
  name: 'delete',
  summary: 'delete groups without members, and their offsets',
  description: 'On a terminal it asks. In a script it asks nobody, but groups that a pattern chose need --yes.',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  options: [
    {
      flags: '-t, --topic <topic>',
      help: 'forget only the offsets of a topic, as TOPIC or TOPIC:0,2,4-6; may be repeated',
      parse: parsePartitionChoice,
      repeatable: true,
    },
    regexOption,
    yesOption,
  ],
  examples: [
    { command: 'streamctl group delete billing', does: 'one group' },
    { command: 'streamctl group delete test-1 test-2', does: 'several; what fails does not keep the others' },
    { command: 'streamctl group delete billing --topic web', does: 'only what it has committed for one topic' },
    { command: "streamctl group delete -r 'test-.*' --yes", does: 'all whose whole name matches' },
  ],
  run: async (session, { regex, yes, topic: choices }, groups) => {
    const { cluster, output, report, io } = session
    const names = await chosenGroups(cluster, groups, regex)
    if (!yes && (regex || io.stdin.isTTY)) {
      for (const name of names) output.note(`would delete ${lossOf(name, choices)}`)
    }
    const what =
      names.length === 1
        ? `Delete ${lossOf(names[0]!, choices)}?`
        : `Delete ${choices ? 'these offsets of ' : ''}${names.length} groups?`
    if (!(await agreed(session, what, { yes, isBroad: regex }))) return 1
    return eachOf(names, output, async group => {
      if (choices) for (const choice of choices) await forget(cluster, group, choice)
      else await deleteGroup(cluster, group)
      const done = choices ? `offsets of group '${group}' deleted` : `group '${group}' deleted`
      report.done({ group, outcome: choices ? 'offsets deleted' : 'deleted' }, done)
    })
  },
})

function lossOf(group: string, choices: readonly PartitionChoice[] | undefined): string {
  if (!choices) return `group '${group}' and its offsets`
  return `offsets of group '${group}' for ${choices.map(({ topic }) => topic).join(', ')}`
}

/** Offsets outlive their topic: what the group has committed tells the partitions, not the topic. */
async function forget(cluster: Cluster, group: string, { topic, partitions }: PartitionChoice): Promise<void> {
  const committed = [...((await committedOffsets(cluster, group)).get(topic)?.keys() ?? [])]
  const chosen = partitions ?? committed
  if (chosen.length === 0 || !chosen.every(partition => committed.includes(partition))) {
    throw new OperatorError(`group '${group}' has committed nothing for ${topic}`, {
      hint: `streamctl group lag ${group} shows for what`,
      exitCode: ExitCode.failure,
    })
  }
  await forgetOffsets(cluster, group, topic, chosen)
}
