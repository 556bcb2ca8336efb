import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { seekPartitions } from '../../client/seek-partitions.ts'
import { parsePartitionChoice, parseSeekTarget, planSeek } from '../../client/seek-plan.ts'
import { trimTopic } from '../../client/topic-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { agreed, yesOption } from '../admin/confirm.ts'

interface TrimOptions {
  readonly before: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

interface Trim {
  readonly topic: string
  readonly partition: number
  readonly start: number
  readonly to: number
  readonly records: number
}

export const topicTrimCommand = defineAdminCommand<TrimOptions, [topics: readonly string[]]>({
  name: 'trim',
  summary: 'delete the oldest records of topics',
  description:
    'On a terminal it shows what would be deleted and asks. In a script it asks nobody, as topic delete of a topic that ' +
    'was named: --dry-run only shows.\n\n' +
    'JSON fields: `topic`, `partition`, `start`, `to` (the first offset afterwards), `records`.',
  arguments: [{ name: '<topics...>', help: 'TOPIC, TOPIC:0 or TOPIC:0,2,4-6' }],
  options: [
    { flags: '--before <place>', help: 'an offset, @TIME, end, end-N or start+N: older records go (required)' },
    { flags: '--dry-run', help: 'only show what would be deleted' },
    yesOption,
  ],
  examples: [
    { command: 'streamctl topic trim web --before @-24h', does: 'all but the last day' },
    { command: 'streamctl topic trim web:0 --before 1000 --yes', does: 'offsets 0 to 999 of one partition' },
    { command: 'streamctl topic trim web --before end-100 --dry-run', does: 'what keeping 100 a partition would mean' },
  ],
  run: async (session, { before, yes, dryRun }, topics) => {
    const { cluster, report, output, env } = session
    if (before === undefined) {
      throw new OperatorError('say what is to go: --before', { hint: 'streamctl topic trim web --before @-24h' })
    }
    const target = parseSeekTarget(before, env.clock.now())
    if (target.kind === 'committed') throw new OperatorError(`'${before}' is relative to a group, and topics have none`)
    const trims = await planTrim(cluster, topics, target)
    report.rows(trims, [
      { title: 'TOPIC', value: row => row.topic },
      { title: 'PARTITION', value: row => row.partition, as: 'number' },
      { title: 'START', value: row => row.start, as: 'number' },
      { title: 'TO', value: row => row.to, as: 'number' },
      { title: 'RECORDS', value: row => row.records, as: 'number' },
    ])
    const pending = trims.filter(({ records }) => records > 0)
    const records = pending.reduce((sum, trim) => sum + trim.records, 0)
    if (dryRun || records === 0) {
      output.note(records === 0 ? 'there is nothing to delete' : 'nothing was changed')
      return undefined
    }
    if (!(await agreed(session, `Delete ${records} records?`, { yes }))) return ExitCode.failure
    for (const [topic, parts] of Map.groupBy(pending, trim => trim.topic)) {
      await trimTopic(cluster, topic, new Map(parts.map(({ partition, to }) => [partition, to])))
    }
    output.note(`${records} records deleted`)
    return undefined
  },
})

async function planTrim(
  cluster: Cluster,
  topics: readonly string[],
  target: ReturnType<typeof parseSeekTarget>,
): Promise<readonly Trim[]> {
  const choices = topics.map(parsePartitionChoice)
  const partitions = await seekPartitions(cluster, { committed: new Map(), choices, target })
  const moves = planSeek(partitions, target)
  return moves.map(({ topic, partition, to }, at) => {
    const start = partitions[at]?.start ?? 0
    return { topic, partition, start, to, records: to - start }
  })
}
