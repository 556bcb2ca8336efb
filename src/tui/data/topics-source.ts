import { defineSource, type Source } from '../source.ts'
import { watchOf } from './cluster-watch.ts'
import { type TopicRow, topicRows } from './topic-rows.ts'

const periodMs = 2_000
const historyPoints = 24

/** All topics, again and again. Names come first, and what takes longer to know follows. */
export const topicsSource = defineSource<Source, readonly TopicRow[]>(async ({ env, cluster, emit, signal, pause }) => {
  const watch = watchOf(env, cluster)
  const show = (): void =>
    emit(
      topicRows({
        topics: watch.metadata.value?.topics ?? [],
        starts: watch.starts.value,
        ends: watch.ends.value,
        bytes: watch.bytes.value,
        settings: watch.settings.value,
        committed: watch.committed.value,
        inRate: topic => watch.inRate(topic),
        outRate: topic => watch.outRate(topic),
        history: topic => watch.inHistory.lastOf(topic, historyPoints).map(({ value }) => value),
      }),
    )
  while (!signal.aborted) {
    await watch.metadata.required()
    show()
    await Promise.all([watch.starts.fresh(), watch.ends.fresh()])
    show()
    await watch.settings.fresh()
    await watch.groups.fresh()
    await watch.committed.fresh()
    show()
    await watch.bytes.fresh()
    show()
    const startMs = env.clock.monotonic()
    await pause(periodMs)
    // Somebody has asked for news.
    if (env.clock.monotonic() - startMs < periodMs * 0.9) watch.expire()
  }
})
