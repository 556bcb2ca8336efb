import { OperatorError } from '../../base/errors.ts'
import { type GroupLag, groupLag } from '../../client/group-lag.ts'
import { chosenGroups, totalLag } from '../admin/groups.ts'
import { regexOption } from '../admin/names.ts'
import { defineCheck, failed } from '../check/check-command.ts'
import { type Finding, judge, metric, type Thresholds, thresholdsFor, worst } from '../check/findings.ts'
import { humaneDuration } from '../table/humane.ts'

export const checkLagCommand = defineCheck<{ readonly regex?: boolean }, [groups: readonly string[]]>({
  name: 'lag',
  summary: 'how far are groups behind, in records and in time?',
  description:
    'Looks at the sum over the partitions in records, and at the oldest record that waits to be read. A group that has ' +
    'committed nothing, or is not there, is unknown.',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  thresholdHelp: 'records as 1000, or a time as 5m; give both to look at both',
  options: [regexOption],
  examples: [
    { command: 'streamctl check lag billing -w 1000 -c 10000', does: 'in records' },
    { command: 'streamctl check lag billing -w 1m -c 10m --format nagios', does: 'in time, for Nagios' },
    { command: "streamctl check lag -r 'b.*' --format prometheus", does: 'metrics of groups by a pattern' },
  ],
  whenUnreachable: 'unknown',
  look: async ({ cluster, thresholds }, { regex }, groups) => {
    const names = await chosenGroups(cluster, groups, regex)
    return Promise.all(
      names.map(async name => {
        try {
          return lagFinding(await groupLag(cluster, name), thresholds)
        } catch (error) {
          if (!(error instanceof OperatorError)) throw error
          return failed(error, 'unknown')
        }
      }),
    )
  },
})

/** How a group's lag stands to the thresholds. */
export function lagFinding(
  { group, partitions }: Pick<GroupLag, 'group' | 'partitions'>,
  thresholds: Thresholds,
): Finding {
  const { lag, lagMs } = totalLag(partitions)
  if (lag === null) return { status: 'unknown', text: `group '${group}' has committed nothing`, metrics: [] }
  const [numbers, times] = [thresholdsFor(thresholds, 'number'), thresholdsFor(thresholds, 'time')]
  const hasTimes = times.warn.length + times.critical.length > 0
  const byTime = lagMs === null ? (hasTimes ? 'unknown' : 'ok') : judge(lagMs, times)
  const since = lagMs === null ? '' : `, ${humaneDuration(lagMs)}`
  const behind = `is ${lag} ${lag === 1 ? 'record' : 'records'}${since} behind`
  return {
    status: worst([{ status: judge(lag, numbers) }, { status: byTime }]),
    text: `group '${group}' ${lag === 0 ? 'has read everything' : behind}`,
    metrics: [
      metric('lag_records', { group }, lag, numbers),
      ...(lagMs === null ? [] : [metric('lag_milliseconds', { group }, lagMs, times)]),
    ],
  }
}
