import { groupLag } from '../../client/group-lag.ts'
import { sleep } from '../../client/retry.ts'
import { type AdminSession, defineAdminCommand } from '../admin/admin-command.ts'
import { chosenGroups, lagColumns } from '../admin/groups.ts'
import { regexOption } from '../admin/names.ts'
import { wholeNumber } from '../options.ts'

interface LagOptions {
  readonly regex?: boolean
  readonly watch?: boolean | number
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
    '`host`; with --watch also `atMs`, the time of the question. What is not known is null.',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  options: [
    regexOption,
    {
      flags: '-w, --watch [seconds]',
      help: `again and again, by default every ${defaultWatchSeconds} seconds, until Ctrl-C`,
      parse: wholeNumber('the number of seconds', { min: 1, max: 86_400 }),
    },
  ],
  examples: [
    { command: 'streamctl group lag billing', does: 'one line for each partition' },
    { command: 'streamctl group lag billing --watch', does: 'and again every two seconds' },
    {
      command: 'streamctl group lag billing --json > offsets',
      does: 'offsets to go back to: group seek --to-file offsets',
    },
  ],
  run: async (session, { regex, watch }, groups) => {
    const { cluster, output, env, signal, io } = session
    const periodMs = (typeof watch === 'number' ? watch : defaultWatchSeconds) * 1_000
    for (;;) {
      const names = await chosenGroups(cluster, groups, regex)
      const rows = await lagRows(session, names, watch === undefined ? undefined : env.clock.now())
      if (watch !== undefined && output.isTerminal && !session.report.isData && io.variables.TERM !== 'dumb') {
        output.write(clearScreen)
      }
      session.report.rows(rows, [
        { title: 'GROUP', value: row => row.group },
        ...lagColumns,
        { title: 'MEMBER', value: row => row.memberId, isWide: true },
        { title: 'HOST', value: row => row.host, isWide: true },
      ])
      if (watch === undefined) return undefined
      await output.ready()
      await sleep(env, periodMs, signal)
      if (signal.aborted) return undefined
    }
  },
})

async function lagRows({ cluster }: AdminSession, groups: readonly string[], atMs: number | undefined) {
  const lags = await Promise.all(groups.map(group => groupLag(cluster, group)))
  return lags.flatMap(({ group, partitions }) =>
    partitions.map(partition => ({ ...(atMs === undefined ? {} : { atMs }), group, ...partition })),
  )
}
