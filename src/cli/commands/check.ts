import type { CommandSpec } from '../command.ts'
import { checkBackupCommand } from './check-backup.ts'
import { checkBrokerCommand } from './check-broker.ts'
import { checkDataCommand } from './check-data.ts'
import { checkGroupCommand } from './check-group.ts'
import { checkLagCommand } from './check-lag.ts'
import { checkTopicCommand } from './check-topic.ts'

export const checkCommand: CommandSpec = {
  name: 'check',
  summary: 'look after brokers, topics, lag and groups, for monitoring',
  failureCode: 3,
  subcommands: [
    checkBrokerCommand,
    checkTopicCommand,
    checkLagCommand,
    checkGroupCommand,
    checkDataCommand,
    checkBackupCommand,
  ],
}
