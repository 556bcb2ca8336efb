import { OperatorError } from '../../base/errors.ts'
import { describeGroup, type GroupDescription, isGroupMissing } from '../../client/group-admin.ts'
import { chosenGroups } from '../admin/groups.ts'
import { regexOption } from '../admin/names.ts'
import { defineCheck, failed } from '../check/check-command.ts'
import { type Finding, judge, metric, type Thresholds, thresholdsFor } from '../check/findings.ts'

export const checkGroupCommand = defineCheck<{ readonly regex?: boolean }, [groups: readonly string[]]>({
  name: 'group',
  summary: 'does a group have members, and is it stable?',
  description:
    'A group that is not there or has no members is critical, one that is rebalancing is a warning. With thresholds, they ' +
    'decide on the number of members.',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  thresholdHelp: 'a number of members; 3: is fewer than three',
  options: [regexOption],
  examples: [
    { command: 'streamctl check group billing', does: 'is somebody at work?' },
    { command: 'streamctl check group billing -w 3: -c 1:', does: 'three at least; none is critical' },
  ],
  whenUnreachable: 'unknown',
  look: async ({ cluster, thresholds }, { regex }, groups) => {
    const names = await chosenGroups(cluster, groups, regex)
    return Promise.all(
      names.map(async name => {
        try {
          return groupFinding(await describeGroup(cluster, name), thresholds)
        } catch (error) {
          if (!(error instanceof OperatorError)) throw error
          const missing = { status: 'critical', text: `group '${name}' is not there`, metrics: [] } as const
          return isGroupMissing(error) ? missing : failed(error, 'unknown')
        }
      }),
    )
  },
})

const restless: ReadonlySet<string> = new Set(['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling'])

/** How a group's state and its members stand to the thresholds. */
export function groupFinding(
  { group, state, members }: Pick<GroupDescription, 'group' | 'state' | 'members'>,
  thresholds: Thresholds,
): Finding {
  const numbers = thresholdsFor(thresholds, 'number')
  const hasOwn = numbers.warn.length + numbers.critical.length > 0
  const byNumber = hasOwn ? judge(members.length, numbers) : members.length === 0 ? 'critical' : 'ok'
  return {
    status: byNumber === 'ok' && restless.has(state) ? 'warning' : byNumber,
    text: `group '${group}' is ${state}, with ${members.length} ${members.length === 1 ? 'member' : 'members'}`,
    metrics: [metric('members', { group }, members.length, numbers)],
  }
}
