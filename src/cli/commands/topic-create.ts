import { RequestError } from '../../client/failures.ts'
import { createTopic, isTopicThere } from '../../client/topic-admin.ts'
import { defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, nameAndValue, openCluster, quietOption, wholeNumber } from '../options.ts'

interface CreateOptions extends BrokerOptions {
  readonly partitions?: number
  readonly replicas?: number
  readonly config?: readonly (readonly [string, string])[]
  readonly ifNotExists?: boolean
  readonly quiet?: boolean
}

export const topicCreateCommand = defineCommand<CreateOptions, [topics: readonly string[]]>({
  name: 'create',
  summary: 'create topics',
  arguments: [{ name: '<topics...>', help: 'their names' }],
  options: [
    ...brokerOptions,
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
      repeatable: true,
    },
    { flags: '--if-not-exists', help: 'be content with a topic that is there already' },
    quietOption,
  ],
  examples: [
    { command: 'streamctl topic create web -p 6', does: 'six partitions' },
    { command: 'streamctl topic create audit -c retention.ms=-1 -c cleanup.policy=compact', does: 'with settings' },
  ],
  run: async (context, options, topics) => {
    const { output } = context
    if (options.quiet) output.quiet()
    const cluster = openCluster(context, options)
    try {
      for (const name of topics) {
        try {
          await createTopic(cluster, { ...options, name, settings: options.config })
          output.note(`topic '${name}' created`)
        } catch (error) {
          if (!(options.ifNotExists && error instanceof RequestError && isTopicThere(error))) throw error
          output.note(`topic '${name}' is there already`)
        }
      }
    } finally {
      cluster.close()
    }
    return undefined
  },
})
