import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { listGroups } from '../../client/group-admin.ts'
import type { GroupLag, PartitionLag } from '../../client/group-lag.ts'
import type { Column } from '../table/table.ts'
import { matchingNames } from './names.ts'

/** The groups that names or, with `regex`, patterns choose. Throws `OperatorError` if no group matches a pattern. */
export async function chosenGroups(
  cluster: Cluster,
  groups: readonly string[],
  regex: boolean | undefined,
): Promise<readonly string[]> {
  if (!regex) return groups
  const all = await listGroups(cluster)
  const names = matchingNames(
    all.map(({ group }) => group),
    groups,
  )
  if (names.length === 0) {
    throw new OperatorError(`no group matches ${groups.join(' or ')}`, {
      hint: 'streamctl group list shows what is there',
      exitCode: 1,
    })
  }
  return names
}

/** Sums over the partitions whose lag is known. */
export function totalLag(partitions: readonly Pick<PartitionLag, 'lag' | 'lagMs'>[]): {
  readonly lag: number | null
  readonly lagMs: number | null
} {
  const lags = partitions.flatMap(({ lag }) => (lag === null ? [] : [lag]))
  const times = partitions.flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]))
  return {
    lag: lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0),
    lagMs: times.length === 0 ? null : Math.max(...times),
  }
}

export const lagColumns: readonly Column<PartitionLag>[] = [
  { title: 'TOPIC', value: row => row.topic },
  { title: 'PARTITION', value: row => row.partition, as: 'number' },
  { title: 'COMMITTED', value: row => row.committed, as: 'number' },
  { title: 'START', value: row => row.start, as: 'number', isWide: true },
  { title: 'END', value: row => row.end, as: 'number' },
  { title: 'LAG', value: row => row.lag, as: 'number' },
  { title: 'LOST', value: row => row.lost, as: 'number', isWide: true },
  { title: 'LAG TIME', value: row => row.lagMs, as: 'milliseconds' },
]

/** What a group is, for JSON and YAML. */
export function groupData({ members, partitions, ...group }: GroupLag): object {
  return {
    ...group,
    members: members.map(({ partitions: read, ...member }) => ({
      ...member,
      partitions: read.map(({ topic, partition }) => ({ topic, partition })),
    })),
    ...totalLag(partitions),
    partitions,
  }
}
