import { OperatorError } from '../../base/errors.ts'
import { alterTopicSettings, growTopic, type SettingChange } from '../../client/topic-admin.ts'
import { defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, nameAndValue, openCluster, quietOption, wholeNumber } from '../options.ts'

interface AlterOptions extends BrokerOptions {
  readonly partitions?: number
  readonly config?: readonly (readonly [string, string])[]
  readonly unset?: readonly string[]
  readonly quiet?: boolean
}

export const topicAlterCommand = defineCommand<AlterOptions, [topic: string]>({
  name: 'alter',
  summary: 'change settings of a topic, or add partitions',
  arguments: [{ name: '<topic>', help: 'its name' }],
  options: [
    ...brokerOptions,
    {
      flags: '-p, --partitions <number>',
      help: 'number of partitions that it shall have; never fewer than now',
      parse: wholeNumber('the number of partitions', { min: 1, max: 1_000_000 }),
    },
    {
      flags: '-c, --config <name=value>',
      help: 'setting; may be repeated',
      parse: nameAndValue('a setting'),
      repeatable: true,
    },
    {
      flags: '-u, --unset <name>',
      help: "take a setting back to the broker's value; may be repeated",
      repeatable: true,
    },
    quietOption,
  ],
  examples: [
    { command: 'streamctl topic alter web -c retention.ms=86400000', does: 'keep records for a day' },
    { command: 'streamctl topic alter web -p 12 -u retention.ms', does: 'twelve partitions, default retention' },
  ],
  run: async (context, { partitions, config = [], unset = [], ...options }, topic) => {
    const { output } = context
    if (options.quiet) output.quiet()
    const changes: readonly SettingChange[] = [...config, ...unset.map(name => [name, null] as const)]
    if (changes.length === 0 && partitions === undefined) {
      throw new OperatorError('nothing to change', { hint: 'give -c name=value, -u name or -p number' })
    }
    const cluster = openCluster(context, options)
    try {
      if (changes.length > 0) await alterTopicSettings(cluster, topic, changes)
      if (partitions !== undefined) await growTopic(cluster, topic, partitions)
      output.note(`topic '${topic}' changed`)
    } finally {
      cluster.close()
    }
    return undefined
  },
})
