import type { CommandSpec } from '../command.ts'
import { profileBackCommand } from './profile-back.ts'
import { profileCreateCommand } from './profile-create.ts'
import { profileDeleteCommand } from './profile-delete.ts'
import { profileListCommand } from './profile-list.ts'
import { profilePrintCommand } from './profile-print.ts'
import { profileUseCommand } from './profile-use.ts'

export const profileCommand: CommandSpec = {
  name: 'profile',
  summary: 'keep connections under names, and choose one',
  subcommands: [
    profileCreateCommand,
    profileUseCommand,
    profileBackCommand,
    profileListCommand,
    profilePrintCommand,
    profileDeleteCommand,
  ],
}
