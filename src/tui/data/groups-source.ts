import { defineSource, type Source } from '../source.ts'
import { watchOf } from './cluster-watch.ts'
import { type GroupRow, groupRows } from './group-rows.ts'

const periodMs = 2_000
const historyPoints = 24

/** All groups, again and again. */
export const groupsSource = defineSource<Source, readonly GroupRow[]>(async ({ env, cluster, emit, signal, pause }) => {
  const watch = watchOf(env, cluster)
  const show = (): void =>
    emit(
      groupRows({
        groups: watch.groups.value ?? [],
        members: watch.members.value,
        committed: watch.committed.value,
        starts: watch.starts.value,
        ends: watch.ends.value,
        rate: group => watch.consumedRate(group),
        lags: group => watch.lagHistory.lastOf(group, historyPoints),
      }),
    )
  while (!signal.aborted) {
    await watch.groups.required()
    show()
    await Promise.all([watch.starts.fresh(), watch.ends.fresh()])
    await watch.committed.fresh()
    show()
    await watch.members.fresh()
    show()
    const startMs = env.clock.monotonic()
    await pause(periodMs)
    if (env.clock.monotonic() - startMs < periodMs * 0.9) watch.expire()
  }
})
