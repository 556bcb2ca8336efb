import type { CommandSpec } from '../command.ts'
import { groupDeleteCommand } from './group-delete.ts'
import { groupDescribeCommand } from './group-describe.ts'
import { groupListCommand } from './group-list.ts'

export const groupCommand: CommandSpec = {
  name: 'group',
  summary: 'list, describe and delete consumer groups',
  subcommands: [groupListCommand, groupDescribeCommand, groupDeleteCommand],
}
