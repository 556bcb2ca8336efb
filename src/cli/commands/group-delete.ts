import { deleteGroup } from '../../client/group-admin.ts'
import { defineCommand } from '../command.ts'
import { eachOf } from '../each-of.ts'
import { type BrokerOptions, brokersOption, openCluster, quietOption } from '../options.ts'

interface DeleteOptions extends BrokerOptions {
  readonly quiet?: boolean
}

export const groupDeleteCommand = defineCommand<DeleteOptions, [groups: readonly string[]]>({
  name: 'delete',
  summary: 'delete groups without members, and their offsets',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  options: [brokersOption, quietOption],
  examples: [
    { command: 'streamctl group delete billing', does: 'one group' },
    { command: 'streamctl group delete test-1 test-2', does: 'several; what fails does not keep the others' },
  ],
  run: async (context, options, groups) => {
    const { output } = context
    if (options.quiet) output.quiet()
    const cluster = openCluster(context, options)
    try {
      return await eachOf(groups, output, async group => {
        await deleteGroup(cluster, group)
        output.note(`group '${group}' deleted`)
      })
    } finally {
      cluster.close()
    }
  },
})
