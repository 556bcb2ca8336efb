import { defineCommand } from '../command.ts'
import { eachOf } from '../each-of.ts'
import { quietOption } from '../options.ts'
import { ProfileStore } from '../profile/profile-store.ts'

export const profileDeleteCommand = defineCommand<{ readonly quiet?: boolean }, [names: readonly string[]]>({
  name: 'delete',
  summary: 'delete profiles',
  arguments: [{ name: '<names...>', help: 'which ones', completes: 'profiles' }],
  options: [quietOption],
  examples: [{ command: 'streamctl profile delete local', does: 'its file is gone; the cluster is not touched' }],
  run: async ({ io, output }, { quiet }, names) => {
    if (quiet) output.quiet()
    const store = new ProfileStore(io.variables)
    return eachOf(names, output, async name => {
      store.delete(name)
      output.note(`profile '${name}' deleted`)
    })
  },
})
