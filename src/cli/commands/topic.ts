import type { CommandSpec } from '../command.ts'
import { topicAddPartitionsCommand } from './topic-add-partitions.ts'
import { topicAlterCommand } from './topic-alter.ts'
import { topicCreateCommand } from './topic-create.ts'
import { topicDeleteCommand } from './topic-delete.ts'
import { topicDescribeCommand } from './topic-describe.ts'
import { topicListCommand } from './topic-list.ts'
import { topicTrimCommand } from './topic-trim.ts'

export const topicCommand: CommandSpec = {
  name: 'topic',
  summary: 'create, list, describe, alter, trim and delete topics',
  subcommands: [
    topicCreateCommand,
    topicListCommand,
    topicDescribeCommand,
    topicAlterCommand,
    topicAddPartitionsCommand,
    topicTrimCommand,
    topicDeleteCommand,
  ],
}
