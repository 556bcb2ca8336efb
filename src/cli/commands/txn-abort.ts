import { ExitCode, OperatorError } from '../../base/errors.ts'
import { parsePartitionChoice } from '../../client/seek-plan.ts'
import {
  type ActiveProducer,
  abortInPartition,
  activeProducers,
  describeTransaction,
  fenceTransactionalId,
} from '../../client/txn-admin.ts'
import { type AdminSession, defineAdminCommand } from '../admin/admin-command.ts'
import { agreed, yesOption } from '../admin/confirm.ts'
import { wholeNumber } from '../options.ts'

interface AbortOptions {
  readonly hanging?: string
  readonly startOffset?: number
  readonly yes?: boolean
}

export const txnAbortCommand = defineAdminCommand<AbortOptions, [id: string | undefined]>({
  name: 'abort',
  summary: 'abort an open transaction, also one that hangs',
  description:
    'With a transactional id its coordinator aborts the transaction, and the producer that has it is fenced: it ends with ' +
    'an error. With --hanging an abort marker is written into one partition without the coordinator. Do that only to what ' +
    'txn find-hanging shows: a transaction that is alive would be torn.',
  arguments: [{ name: '[id]', help: 'a transactional id', completes: 'transactions' }],
  options: [
    { flags: '--hanging <topic:partition>', help: 'the transaction that hangs in this partition' },
    {
      flags: '--start-offset <number>',
      help: 'which one, if several are open there: its first offset',
      parse: wholeNumber('--start-offset', { min: 0 }),
    },
    yesOption,
  ],
  examples: [
    { command: 'streamctl txn abort payments', does: 'the open transaction of a transactional id' },
    { command: 'streamctl txn abort --hanging web:0 --start-offset 42 --yes', does: 'one that find-hanging showed' },
  ],
  run: (session, options, id) => {
    if ((id === undefined) === (options.hanging === undefined)) {
      throw new OperatorError('say which one: a transactional id, or --hanging TOPIC:PARTITION', {
        hint: 'streamctl txn list and streamctl txn find-hanging show them',
      })
    }
    return id === undefined ? abortHanging(session, options) : abortOpen(session, id, options)
  },
})

async function abortOpen(session: AdminSession, id: string, { yes }: AbortOptions): Promise<number | undefined> {
  const { cluster, report } = session
  const { state, producerId, partitions, timeoutMs } = await describeTransaction(cluster, id)
  if (state !== 'Ongoing') {
    throw new OperatorError(`'${id}' has no open transaction: its state is ${state}`, {
      hint: 'streamctl txn list --state Ongoing shows the open ones',
      exitCode: ExitCode.failure,
    })
  }
  const touched = `${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'}`
  const question = `Abort the transaction of '${id}' in ${touched}, and fence producer ${producerId}?`
  if (!(await agreed(session, question, { yes }))) return ExitCode.failure
  await fenceTransactionalId(cluster, id, timeoutMs)
  report.done({ transactionalId: id, producerId, outcome: 'aborted' }, `transaction of '${id}' aborted`)
  return undefined
}

async function abortHanging(session: AdminSession, options: AbortOptions): Promise<number | undefined> {
  const { cluster, report } = session
  const { topic, partitions } = parsePartitionChoice(options.hanging ?? '')
  if (partitions?.length !== 1) {
    throw new OperatorError(`'${options.hanging}' is no partition`, { hint: 'as web:0' })
  }
  const [partition] = partitions
  const producers = await activeProducers(cluster, topic)
  const open = producers.filter(producer => producer.partition === partition && producer.openSinceOffset !== null)
  const producer = chooseOpen(open, options)
  const question = `Write an abort marker for producer ${producer.producerId} into ${options.hanging}, whose transaction is open since offset ${producer.openSinceOffset}?`
  if (!(await agreed(session, question, { yes: options.yes, isBroad: true }))) return ExitCode.failure
  await abortInPartition(cluster, producer)
  report.done(
    { ...producer, outcome: 'aborted' },
    `transaction of producer ${producer.producerId} in ${options.hanging} aborted`,
  )
  return undefined
}

function chooseOpen(open: readonly ActiveProducer[], { hanging, startOffset }: AbortOptions): ActiveProducer {
  const meant = startOffset === undefined ? open : open.filter(({ openSinceOffset }) => openSinceOffset === startOffset)
  const [producer] = meant
  if (producer && meant.length === 1) return producer
  const offsets = open.map(({ openSinceOffset }) => openSinceOffset).join(', ')
  throw new OperatorError(
    producer
      ? `${meant.length} transactions are open in ${hanging}`
      : `no transaction is open in ${hanging}${startOffset === undefined ? '' : ` since offset ${startOffset}`}`,
    { hint: offsets === '' ? undefined : `--start-offset chooses one: ${offsets}`, exitCode: ExitCode.failure },
  )
}
