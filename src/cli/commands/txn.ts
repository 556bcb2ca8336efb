import type { CommandSpec } from '../command.ts'
import { txnAbortCommand } from './txn-abort.ts'
import { txnDescribeCommand } from './txn-describe.ts'
import { txnFindHangingCommand } from './txn-find-hanging.ts'
import { txnListCommand } from './txn-list.ts'

export const txnCommand: CommandSpec = {
  name: 'txn',
  summary: 'list, describe and abort transactions, and find those that hang',
  subcommands: [txnListCommand, txnDescribeCommand, txnAbortCommand, txnFindHangingCommand],
}
