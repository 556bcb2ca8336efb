import type { CommandSpec } from '../command.ts'
import { configDescribeCommand } from './config-describe.ts'
import { configSetCommand } from './config-set.ts'
import { configUnsetCommand } from './config-unset.ts'

export const configCommand: CommandSpec = {
  name: 'config',
  summary: 'show and change settings of topics, brokers and groups',
  subcommands: [configDescribeCommand, configSetCommand, configUnsetCommand],
}
