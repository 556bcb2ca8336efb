import { deleteTopic } from '../../client/topic-admin.ts'
import { defineCommand } from '../command.ts'
import { eachOf } from '../each-of.ts'
import { type BrokerOptions, brokerOptions, openCluster, quietOption } from '../options.ts'

interface DeleteOptions extends BrokerOptions {
  readonly quiet?: boolean
}

export const topicDeleteCommand = defineCommand<DeleteOptions, [topics: readonly string[]]>({
  name: 'delete',
  summary: 'delete topics and their records',
  arguments: [{ name: '<topics...>', help: 'their names' }],
  options: [...brokerOptions, quietOption],
  examples: [
    { command: 'streamctl topic delete web', does: 'one topic' },
    { command: 'streamctl topic delete web-1 web-2', does: 'several; what fails does not keep the others' },
  ],
  run: async (context, options, topics) => {
    const { output } = context
    if (options.quiet) output.quiet()
    const cluster = openCluster(context, options)
    try {
      return await eachOf(topics, output, async name => {
        await deleteTopic(cluster, name)
        output.note(`topic '${name}' deleted`)
      })
    } finally {
      cluster.close()
    }
  },
})
