import type { Cluster } from '../../client/cluster.ts'
import { duration } from '../../client/time-expression.ts'
import {
  type ActiveProducer,
  activeProducers,
  describeTransaction,
  isTransactionMissing,
  listTransactions,
  type TransactionDescription,
} from '../../client/txn-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { hangingTransactions, openCandidates } from '../admin/hanging.ts'
import { regexOption } from '../admin/names.ts'
import { allTopics, chosenTopics } from '../admin/topics.ts'

interface FindOptions {
  readonly regex?: boolean
  readonly silentFor: number
}

// The longest timeout that Kafka grants by default (transaction.max.timeout.ms), and five minutes for slow clocks.
const silentForMs = 20 * 60_000

export const txnFindHangingCommand = defineAdminCommand<FindOptions, [topics: readonly string[]]>({
  name: 'find-hanging',
  summary: 'find open transactions that no coordinator will ever end',
  description:
    'They hold back everybody who reads committed records. txn abort --hanging ends them.\n\n' +
    'JSON fields: `topic`, `partition`, `producerId`, `producerEpoch`, `coordinatorEpoch`, `openSinceOffset`, ' +
    '`lastTimestampMs`, `silentMs`.',
  arguments: [{ name: '[topics...]', help: 'only these; all of them by default' }],
  options: [
    {
      flags: '--silent-for <duration>',
      help: "look at transactions that have written nothing for so long; longer than the brokers' transaction.max.timeout.ms",
      parse: duration('--silent-for'),
      default: silentForMs,
      defaultText: '20m',
    },
    regexOption,
  ],
  examples: [
    { command: 'streamctl txn find-hanging', does: 'in all topics' },
    { command: 'streamctl txn find-hanging web --silent-for 1h', does: 'in one topic' },
  ],
  run: async ({ cluster, report, output, env }, { regex, silentFor }, topics) => {
    const names = topics.length > 0 ? await chosenTopics(cluster, topics, regex) : await everyTopic(cluster)
    const producers: ActiveProducer[] = []
    for (const [at, topic] of names.entries()) {
      output.progress(() => `topic ${at + 1} of ${names.length}`)
      producers.push(...(await activeProducers(cluster, topic)))
    }
    const nowMs = env.clock.now()
    const question = { producers, nowMs, silentForMs: silentFor }
    const transactions = await transactionsOf(cluster, openCandidates(question))
    const rows = hangingTransactions({ ...question, transactions }).map(producer => ({
      ...producer,
      silentMs: nowMs - producer.lastTimestampMs,
    }))
    report.rows(rows, [
      { title: 'TOPIC', value: row => row.topic },
      { title: 'PARTITION', value: row => row.partition, as: 'number' },
      { title: 'PRODUCER', value: row => row.producerId, as: 'number' },
      { title: 'EPOCH', value: row => row.producerEpoch, as: 'number' },
      { title: 'COORDINATOR EPOCH', value: row => row.coordinatorEpoch, as: 'number', isWide: true },
      { title: 'OPEN SINCE OFFSET', value: row => row.openSinceOffset, as: 'number' },
      { title: 'SILENT FOR', value: row => row.silentMs, as: 'milliseconds' },
    ])
    if (rows.length === 0) output.note('no transaction hangs')
    return undefined
  },
})

async function everyTopic(cluster: Cluster): Promise<readonly string[]> {
  return (await allTopics(cluster)).map(({ name }) => name)
}

/** What the coordinators know of these producers. */
async function transactionsOf(
  cluster: Cluster,
  producers: readonly ActiveProducer[],
): Promise<readonly TransactionDescription[]> {
  if (producers.length === 0) return []
  const producerIds = [...new Set(producers.map(({ producerId }) => producerId))]
  const known = await listTransactions(cluster, { producerIds })
  const described = await Promise.all(
    known.map(async ({ transactionalId }) => {
      try {
        return [await describeTransaction(cluster, transactionalId)]
      } catch (error) {
        // Forgotten since it was listed.
        if (isTransactionMissing(error)) return []
        throw error
      }
    }),
  )
  return described.flat()
}
