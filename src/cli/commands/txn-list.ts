import { duration } from '../../client/time-expression.ts'
import { listTransactions } from '../../client/txn-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { matchingNames, regexOption } from '../admin/names.ts'

interface ListOptions {
  readonly regex?: boolean
  readonly state?: string
  readonly olderThan?: number
}

export const txnListCommand = defineAdminCommand<ListOptions, [ids: readonly string[]]>({
  name: 'list',
  summary: 'list transactional ids: producer, state, coordinator',
  description: 'JSON fields: `transactionalId`, `producerId`, `state`, `coordinator` (number of a broker).',
  arguments: [
    { name: '[ids...]', help: 'only these transactional ids; all of them by default', completes: 'transactions' },
  ],
  options: [
    { flags: '--state <state>', help: 'only those in this state: Ongoing, CompleteCommit, …' },
    {
      flags: '--older-than <duration>',
      help: 'only transactions that have been open for longer, as 5m',
      parse: duration('--older-than'),
    },
    regexOption,
  ],
  examples: [
    { command: 'streamctl txn list', does: 'all that the cluster remembers' },
    {
      command: 'streamctl txn list --state Ongoing --older-than 5m',
      does: 'who holds back readers of committed records?',
    },
  ],
  run: async ({ cluster, report }, { regex, state, olderThan }, ids) => {
    const all = await listTransactions(cluster, { states: state ? [state] : [], olderThanMs: olderThan })
    const names = all.map(({ transactionalId }) => transactionalId)
    const chosen = new Set(regex ? matchingNames(names, ids) : ids.length > 0 ? ids : names)
    report.rows(
      all.filter(({ transactionalId }) => chosen.has(transactionalId)),
      [
        { title: 'TRANSACTIONAL ID', value: row => row.transactionalId },
        { title: 'PRODUCER', value: row => row.producerId, as: 'number' },
        { title: 'STATE', value: row => row.state },
        { title: 'COORDINATOR', value: row => row.coordinator, as: 'number' },
      ],
    )
    return undefined
  },
})
