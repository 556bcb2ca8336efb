import type { Window, Windowed } from '../codecs/windowed.ts'
import type { Mark } from '../state/marks.ts'
import type { WindowStore } from '../state/window-store.ts'
import type { Aggregation } from './aggregate.ts'
import { untouched } from './aggregate.ts'
import { type OperatorFactory, orNull, type Receive } from './operator.ts'
import { StreamTime } from './stream-time.ts'
import type { TableOptions } from './tables.ts'
import type { EmitRule, TimeWindows } from './windows.ts'

export interface WindowAggregateOptions<W> {
  readonly table: TableOptions & { store: string }
  readonly windows: W
  readonly aggregation: Aggregation
  readonly emit: EmitRule
}

/** Aggregates a stream by key in tumbling or hopping windows: Kafka's KStreamWindowAggregate. A value of null is aggregated too. */
export function timeWindowAggregate(options: WindowAggregateOptions<TimeWindows>): OperatorFactory {
  const { windows, aggregation, emit, table } = options
  const { sizeMs, advanceMs, graceMs } = windows
  const { initialize, add } = aggregation
  return context => {
    const { forward, drop, late } = context
    const store = context.store<WindowStore>(table.store)
    const emitClosed = closedTimeWindows(store, windows, forward, context.mark(`${table.store}.closed`, -1))
    const streamTime = new StreamTime(context, table.store, emit, () => emitClosed(streamTime.now - graceMs))
    // Records of one window mostly follow each other: the window is made once.
    let window: Window = { start: -1, end: -1 }
    return (key, value, timestamp) => {
      if (key === null) return drop('null-key')
      streamTime.observe(timestamp)
      const closeTime = streamTime.now - graceMs
      let accepted = false
      // The first window that holds the record: start > timestamp - size.
      const first = Math.max(0, Math.floor((timestamp - sizeMs + advanceMs) / advanceMs) * advanceMs)
      for (let start = first; start <= timestamp; start += advanceMs) {
        if (start + sizeMs <= closeTime) continue
        accepted = true
        const stored = store.get(key, start)
        const before = stored ? stored.value : initialize()
        const time = stored && stored.timestamp > timestamp ? stored.timestamp : timestamp
        const old = table.sendOldValues ? untouched(before, () => store.get(key, start)?.value ?? initialize()) : null
        const after = orNull(add(before, value, key))
        store.put(key, start, after, time)
        if (emit.final) continue
        if (window.start !== start) window = { start, end: start + sizeMs }
        forward({ key, window } satisfies Windowed<unknown>, after, time, old, true)
      }
      if (!accepted) {
        drop('late')
        late(key, value, timestamp, null, true)
      }
      if (emit.final) emitClosed(closeTime)
    }
  }
}

/** Passes on the windows that close when the time below which they are closed rises to `closeTime`: by start, then key. */
function closedTimeWindows(
  store: WindowStore,
  { sizeMs, advanceMs }: TimeWindows,
  forward: Receive,
  closed: Mark,
): (closeTime: number) => void {
  return closeTime => {
    if (closeTime <= closed.value) return
    const last = closeTime - sizeMs
    const before = closed.value < 0 ? -1 : closed.value - sizeMs
    // The number of the last window that is closed: while it stays the same there is nothing to look for.
    if (last < 0 || (before >= 0 && Math.floor(last / advanceMs) === Math.floor(before / advanceMs))) return
    for (const { key, start, value, timestamp } of store.fetchAll(Math.max(0, before + 1), last)) {
      forward({ key, window: { start, end: start + sizeMs } }, value, timestamp, null, true)
    }
    closed.value = closeTime
  }
}
