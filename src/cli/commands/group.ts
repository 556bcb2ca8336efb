import type { CommandSpec } from '../command.ts'
import { groupDeleteCommand } from './group-delete.ts'
import { groupDescribeCommand } from './group-describe.ts'
import { groupLagCommand } from './group-lag.ts'
import { groupListCommand } from './group-list.ts'
import { groupSeekCommand } from './group-seek.ts'

export const groupCommand: CommandSpec = {
  name: 'group',
  summary: 'list, describe, move and delete consumer groups',
  subcommands: [groupListCommand, groupDescribeCommand, groupLagCommand, groupSeekCommand, groupDeleteCommand],
}
