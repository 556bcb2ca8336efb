import { defineCommand } from '../command.ts'
import { quietOption } from '../options.ts'
import { choosePrevious } from '../profile/choose-profile.ts'

export const profileBackCommand = defineCommand<{ readonly quiet?: boolean }, []>({
  name: '-',
  summary: 'use the profile before this one',
  options: [quietOption],
  examples: [{ command: 'streamctl profile -', does: 'as cd - does: back, and back again' }],
  run: async ({ io, output }, { quiet }) => {
    if (quiet) output.quiet()
    choosePrevious(io, output)
    return undefined
  },
})
