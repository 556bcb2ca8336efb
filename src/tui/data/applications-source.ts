import type { DescribedMember, PlacedGroup } from '../../client/whole-cluster.ts'
import { defineSource, type Source } from '../source.ts'
import { watchOf } from './cluster-watch.ts'
import { lagOfGroup } from './group-rows.ts'

/** A running script, as its group shows it. */
export interface ApplicationRow {
  /** The application's name is its group's. */
  readonly group: string
  readonly state: string
  /** Processes, and the threads of all of them. */
  readonly processes: number
  readonly members: number
  /** Partitions that they read. */
  readonly partitions: number
  readonly lag: number | null
  /** Records a second. */
  readonly rate: number | null
  readonly history: readonly number[]
  /** Where its processes can be asked. */
  readonly endpoints: readonly string[]
}

const periodMs = 2_000
const historyPoints = 24

/** The groups whose members run scripts: known from what they say of themselves when they join. */
export const applicationsSource = defineSource<Source, readonly ApplicationRow[]>(
  async ({ env, cluster, emit, signal, pause }) => {
    const watch = watchOf(env, cluster)
    while (!signal.aborted) {
      await watch.groups.required()
      await watch.members.fresh()
      const rows = applicationRows(watch.groups.value ?? [], watch.members.value ?? new Map())
      const shown = (): void =>
        emit(
          rows.map(row => {
            const committed = watch.committed.value?.get(row.group)
            const { lag } = lagOfGroup(committed, watch.ends.value, watch.starts.value)
            const history = watch.lagHistory.lastOf(row.group, historyPoints)
            const rate = watch.consumedRate(row.group)
            return { ...row, lag, rate, history: history.map(({ value }) => value) }
          }),
        )
      shown()
      await Promise.all([watch.ends.fresh(), watch.starts.fresh()])
      await watch.committed.fresh()
      shown()
      const startMs = env.clock.monotonic()
      await pause(periodMs)
      if (env.clock.monotonic() - startMs < periodMs * 0.9) watch.expire()
    }
  },
)

/** Of all groups, those with members that run a script. */
export function applicationRows(
  groups: readonly PlacedGroup[],
  members: ReadonlyMap<string, readonly DescribedMember[]>,
): readonly Omit<ApplicationRow, 'lag' | 'rate' | 'history'>[] {
  return groups.flatMap(({ group, state }) => {
    const own = (members.get(group) ?? []).filter(({ instance }) => instance !== null)
    if (own.length === 0) return []
    const endpoints = own.flatMap(({ instance }) => (instance && instance.endpoint !== '' ? [instance.endpoint] : []))
    return [
      {
        ...{ group, state },
        processes: new Set(own.map(({ instance }) => instance?.process)).size,
        members: own.length,
        partitions: own.reduce((sum, { partitions }) => sum + partitions.length, 0),
        endpoints: [...new Set(endpoints)].toSorted(),
      },
    ]
  })
}
