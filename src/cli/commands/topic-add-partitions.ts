import { findTopic } from '../../client/list-offsets.ts'
import { growTopic } from '../../client/topic-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { eachOf } from '../each-of.ts'
import { wholeNumber } from '../options.ts'

export const topicAddPartitionsCommand = defineAdminCommand<{ readonly number: number }, [topics: readonly string[]]>({
  name: 'add-partitions',
  summary: 'add partitions to topics',
  description:
    'Records with a key go to other partitions from then on: what reads a key in order must expect that. ' +
    'topic alter -p says how many there shall be in all.',
  arguments: [{ name: '<topics...>', help: 'their names' }],
  options: [
    {
      flags: '-n, --number <number>',
      help: 'how many more',
      parse: wholeNumber('the number of partitions', { min: 1, max: 1_000_000 }),
      default: 1,
    },
  ],
  examples: [{ command: 'streamctl topic add-partitions web -n 3', does: 'three more than it has' }],
  run: async ({ cluster, report, output }, { number }, topics) => {
    // It cannot be taken back: a word that was meant as something else changes nothing.
    for (const name of topics) await findTopic(cluster, name)
    return eachOf(topics, output, async name => {
      const { partitions } = await findTopic(cluster, name)
      const count = partitions.length + number
      await growTopic(cluster, name, count)
      report.done({ topic: name, outcome: 'changed', partitions: count }, `topic '${name}' has ${count} partitions`)
    })
  },
})
