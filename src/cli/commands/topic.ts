import type { CommandSpec } from '../command.ts'
import { topicAlterCommand } from './topic-alter.ts'
import { topicCreateCommand } from './topic-create.ts'
import { topicDeleteCommand } from './topic-delete.ts'
import { topicDescribeCommand } from './topic-describe.ts'
import { topicListCommand } from './topic-list.ts'

export const topicCommand: CommandSpec = {
  name: 'topic',
  summary: 'create, list, describe, alter and delete topics',
  subcommands: [topicCreateCommand, topicListCommand, topicDescribeCommand, topicAlterCommand, topicDeleteCommand],
}
