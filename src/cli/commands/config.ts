import type { CommandSpec } from '../command.ts'
import { configDescribeCommand } from './config-describe.ts'
import { configPrintCommand } from './config-print.ts'
import { configSetCommand } from './config-set.ts'
import { configUnsetCommand } from './config-unset.ts'

export const configCommand: CommandSpec = {
  name: 'config',
  summary: 'settings of topics, brokers and groups, and of this client',
  subcommands: [configDescribeCommand, configSetCommand, configUnsetCommand, configPrintCommand],
}
