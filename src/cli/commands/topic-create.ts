import { RequestError } from '../../client/failures.ts'
import { createTopic, isTopicThere } from '../../client/topic-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { eachOf } from '../each-of.ts'
import { nameAndValue, wholeNumber } from '../options.ts'

interface CreateOptions {
  readonly partitions?: number
  readonly replicas?: number
  readonly config?: readonly (readonly [string, string])[]
  readonly ifNotExists?: boolean
  readonly dryRun?: boolean
}

export const topicCreateCommand = defineAdminCommand<CreateOptions, [topics: readonly string[]]>({
  name: 'create',
  summary: 'create topics',
  arguments: [{ name: '<topics...>', help: 'their names' }],
  options: [
    {
      flags: '-p, --partitions <number>',
      help: "number of partitions; default: the broker's num.partitions",
      parse: wholeNumber('the number of partitions', { min: 1, max: 1_000_000 }),
    },
    {
      flags: '-r, --replicas <number>',
      help: "copies of each partition; default: the broker's default.replication.factor",
      parse: wholeNumber('the number of replicas', { min: 1, max: 32_767 }),
    },
    {
      flags: '-c, --config <name=value>',
      help: 'setting of the topic; may be repeated',
      parse: nameAndValue('a setting'),
      completes: 'topic settings',
      repeatable: true,
    },
    { flags: '--if-not-exists', help: 'be content with a topic that is there already' },
    { flags: '--dry-run', help: 'only ask the brokers whether they would do it' },
  ],
  examples: [
    { command: 'streamctl topic create web -p 6', does: 'six partitions' },
    { command: 'streamctl topic create audit -c retention.ms=-1 -c cleanup.policy=compact', does: 'with settings' },
    { command: 'streamctl topic create web --if-not-exists', does: 'in a script that may run twice' },
  ],
  run: ({ cluster, report, output }, { config, ifNotExists, dryRun = false, ...options }, topics) =>
    eachOf(topics, output, async name => {
      try {
        await createTopic(cluster, { ...options, name, settings: config, dryRun })
        const outcome = dryRun ? 'valid' : 'created'
        report.done({ topic: name, outcome }, dryRun ? `topic '${name}' could be created` : `topic '${name}' created`)
      } catch (error) {
        if (!(ifNotExists && error instanceof RequestError && isTopicThere(error))) throw error
        report.done({ topic: name, outcome: 'exists' }, `topic '${name}' is there already`)
      }
    }),
})
