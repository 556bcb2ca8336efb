import { type GroupLag, groupLag } from '../../client/group-lag.ts'
import { sleep } from '../../client/retry.ts'
import { type AdminSession, defineAdminCommand } from '../admin/admin-command.ts'
import { chosenGroups, lagColumns, totalLag } from '../admin/groups.ts'
import { regexOption } from '../admin/names.ts'
import { wholeNumber } from '../options.ts'

interface LagOptions {
  readonly regex?: boolean
  readonly watch?: boolean | number
  readonly behind?: boolean
  readonly sum?: boolean
}

const defaultWatchSeconds = 2
const clearScreen = '\u001b[H\u001b[2J'

export const groupLagCommand = defineAdminCommand<LagOptions, [groups: readonly string[]]>({
  name: 'lag',
  summary: 'show how far groups are behind, by partition, in records and in time',
  description:
    'The time is the age of the record at the committed offset: how long the next record to be read has waited. ' +
    'Records that were deleted before the group has read them are no lag, but lost.\n\n' +
    'JSON fields: `group`, `topic`, `partition`, `committed`, `start`, `end`, `lag`, `lost`, `lagMs`, `memberId`, `clientId`, ' +
    '`host`; with --watch also `atMs`, the time of the question. With --sum: `group`, `state`, ' +
    '`members`, `partitions`, `lag`, `lagMs`. What is not known is null.',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  options: [
    { flags: '--behind', help: 'only partitions that have something left to read' },
    { flags: '--sum', help: 'one line for each group: the sum in records, the longest in time' },
    regexOption,
    {
      flags: '-w, --watch [seconds]',
      help: `again and again, by default every ${defaultWatchSeconds} seconds, until Ctrl-C`,
      parse: wholeNumber('the number of seconds', { min: 1, max: 86_400 }),
    },
  ],
  examples: [
    { command: 'streamctl group lag billing', does: 'one line for each partition' },
    { command: "streamctl group lag -r '.*' --sum", does: 'who is behind?' },
    { command: 'streamctl group lag billing --watch', does: 'and again every two seconds' },
    {
      command: 'streamctl group lag billing --json > offsets',
      does: 'offsets to go back to: group seek --to-file offsets',
    },
  ],
  run: async (session, { regex, watch, ...shape }, groups) => {
    const { cluster, output, env, signal, io } = session
    const periodMs = (typeof watch === 'number' ? watch : defaultWatchSeconds) * 1_000
    for (;;) {
      const names = await chosenGroups(cluster, groups, regex)
      const lags = await Promise.all(names.map(group => groupLag(cluster, group)))
      const at = watch === undefined ? {} : { atMs: env.clock.now() }
      if (watch !== undefined && output.isTerminal && !session.report.isData && io.variables.TERM !== 'dumb') {
        output.write(clearScreen)
      }
      if (shape.sum) showSums(session, lags, at, shape)
      else showPartitions(session, lags, at, shape)
      if (watch === undefined) return undefined
      await output.ready()
      await sleep(env, periodMs, signal)
      if (signal.aborted) return undefined
    }
  },
})

type Shape = Pick<LagOptions, 'behind' | 'sum'>

function showPartitions({ report }: AdminSession, lags: readonly GroupLag[], at: object, { behind }: Shape): void {
  const rows = lags.flatMap(({ group, partitions }) =>
    partitions.filter(({ lag }) => !behind || lag !== 0).map(partition => ({ ...at, group, ...partition })),
  )
  report.rows(rows, [
    { title: 'GROUP', value: row => row.group },
    ...lagColumns,
    { title: 'MEMBER', value: row => row.memberId, isWide: true },
    { title: 'HOST', value: row => row.host, isWide: true },
  ])
}

function showSums({ report }: AdminSession, lags: readonly GroupLag[], at: object, { behind }: Shape): void {
  const rows = lags
    .map(({ group, state, members, partitions }) => ({
      ...at,
      group,
      state,
      members: members.length,
      partitions: partitions.length,
      ...totalLag(partitions),
    }))
    .filter(({ lag }) => !behind || lag !== 0)
  report.rows(rows, [
    { title: 'GROUP', value: row => row.group },
    { title: 'STATE', value: row => row.state },
    { title: 'MEMBERS', value: row => row.members, as: 'number' },
    { title: 'PARTITIONS', value: row => row.partitions, as: 'number' },
    { title: 'LAG', value: row => row.lag, as: 'number' },
    { title: 'LAG TIME', value: row => row.lagMs, as: 'milliseconds' },
  ])
}
