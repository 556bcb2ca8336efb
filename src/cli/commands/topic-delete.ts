import type { Cluster } from '../../client/cluster.ts'
import { endOffsets, findTopic, startOffsets } from '../../client/list-offsets.ts'
import { deleteTopic } from '../../client/topic-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { agreed, yesOption } from '../admin/confirm.ts'
import { regexOption } from '../admin/names.ts'
import { chosenTopics } from '../admin/topics.ts'
import { eachOf } from '../each-of.ts'

interface DeleteOptions {
  readonly regex?: boolean
  readonly yes?: boolean
}

export const topicDeleteCommand = defineAdminCommand<DeleteOptions, [topics: readonly string[]]>({
  name: 'delete',
  summary: 'delete topics and their records',
  description:
    'On a terminal it shows what would be deleted and asks. In a script it asks nobody, but topics that a pattern chose ' +
    'need --yes.',
  arguments: [{ name: '<topics...>', help: 'their names' }],
  options: [regexOption, yesOption],
  examples: [
    { command: 'streamctl topic delete web', does: 'one topic' },
    { command: 'streamctl topic delete web-1 web-2', does: 'several; what fails does not keep the others' },
    { command: "streamctl topic delete -r 'test-.*' --yes", does: 'all whose whole name matches' },
  ],
  run: async (session, { regex, yes }, topics) => {
    const { cluster, output, report, io } = session
    const names = await chosenTopics(cluster, topics, regex)
    if (!yes && (regex || io.stdin.isTTY)) {
      const known = await eachOf(names, output, async name => output.note(await loss(cluster, name)))
      if (known !== 0 && names.length === 1) return known
    }
    const what = names.length === 1 ? `Delete topic '${names[0]}'?` : `Delete ${names.length} topics?`
    if (!(await agreed(session, what, { yes, isBroad: regex }))) return 1
    return eachOf(names, output, async topic => {
      await deleteTopic(cluster, topic)
      report.done({ topic, outcome: 'deleted' }, `topic '${topic}' deleted`)
    })
  },
})

/** What would be lost with a topic. */
async function loss(cluster: Cluster, name: string): Promise<string> {
  const topic = await findTopic(cluster, name)
  const numbers = topic.partitions.filter(({ leaderId }) => leaderId >= 0).map(({ partition }) => partition)
  const start = await startOffsets(cluster, topic, numbers)
  const end = await endOffsets(cluster, topic, numbers, 'uncommitted')
  const records = numbers.reduce((sum, partition) => sum + (end.get(partition) ?? 0) - (start.get(partition) ?? 0), 0)
  return `would delete topic '${name}': ${counted(topic.partitions.length, 'partition')}, ${counted(records, 'record')}`
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
