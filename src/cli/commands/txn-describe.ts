import { describeTransaction } from '../../client/txn-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { eachOf } from '../each-of.ts'
import { facts, table } from '../table/table.ts'

export const txnDescribeCommand = defineAdminCommand<object, [ids: readonly string[]]>({
  name: 'describe',
  summary: 'show what the coordinators know of transactional ids',
  description:
    'JSON fields: `transactionalId`, `producerId`, `producerEpoch`, `state`, `coordinator`, `timeoutMs`, `startedAtMs` ' +
    'and `openMs` (null while no transaction is open), `partitions` with `topic`, `partition`.',
  arguments: [{ name: '<ids...>', help: 'transactional ids', completes: 'transactions' }],
  examples: [
    { command: 'streamctl txn describe payments', does: 'its producer, and what the open transaction wrote to' },
  ],
  run: ({ cluster, report, output, env }, _options, ids) =>
    eachOf(ids, output, async id => {
      const transaction = await describeTransaction(cluster, id)
      const { partitions, ...described } = transaction
      const openMs = described.startedAtMs === null ? null : Math.max(0, env.clock.now() - described.startedAtMs)
      report.thing({ ...described, openMs, partitions }, [
        facts([
          ['transactional id', id],
          ['state', described.state],
          ['producer', described.producerId],
          ['epoch', described.producerEpoch],
          ['coordinator', described.coordinator],
          ['timeout', described.timeoutMs, 'milliseconds'],
          ['started', described.startedAtMs, 'timestamp'],
          ['open for', openMs, 'milliseconds'],
        ]),
        table(partitions, [
          { title: 'TOPIC', value: row => row.topic },
          { title: 'PARTITION', value: row => row.partition, as: 'number' },
        ]),
      ])
    }),
})
