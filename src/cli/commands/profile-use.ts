import { defineCommand } from '../command.ts'
import { quietOption } from '../options.ts'
import { choosePrevious, chooseProfile } from '../profile/choose-profile.ts'

interface UseOptions {
  readonly quiet?: boolean
}

export const profileUseCommand = defineCommand<UseOptions, [name: string]>({
  name: 'use',
  summary: 'use a profile from now on',
  arguments: [{ name: '<name>', help: 'a profile; - for the one before; none for no profile', completes: 'profiles' }],
  options: [quietOption],
  examples: [
    { command: 'streamctl profile use prod', does: 'commands without other words go there' },
    { command: 'streamctl profile use none', does: 'none: to 127.0.0.1:9092 again' },
  ],
  run: async ({ io, output }, { quiet }, name) => {
    if (quiet) output.quiet()
    if (name === '-') choosePrevious(io, output)
    else chooseProfile(io, output, name)
    return undefined
  },
})
