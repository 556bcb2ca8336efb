import type { Mark } from '../state/marks.ts'
import type { Side, UnmatchedStore } from '../state/unmatched-store.ts'
import type { WindowStore } from '../state/window-store.ts'
import type { OperatorContext, OperatorFactory, UserFunction } from './operator.ts'
import { orNull } from './operator.ts'
import type { JoinWindows } from './windows.ts'

export interface StreamJoinOptions {
  readonly side: Side
  /** The store with the records of the other side. */
  readonly otherStore: string
  /** Where this join's unmatched records wait; undefined for inner joins. */
  readonly unmatchedStore: string | undefined
  readonly windows: JoinWindows
  /** `joiner(left, right, key)`. */
  readonly joiner: UserFunction
  /** Whether a record of this side without a match is a result. */
  readonly outer: boolean
  /** What the marks of both sides are called by. */
  readonly name: string
}

/** What both sides of a join know of time: they share the marks. */
interface JoinClock {
  readonly streamTime: Mark
  /** At or below the timestamp of the first unmatched record; Infinity where none waits. */
  readonly minTime: Mark
}

/** Keeps the records of one side for the other to find. */
export function joinWindow(store: string): OperatorFactory {
  return context => {
    const { forward } = context
    const window = context.store<WindowStore>(store)
    return (key, value, timestamp) => {
      // Forward first: a record of a stream that is joined with itself does not find itself as both sides.
      forward(key, value, timestamp, null, true)
      if (key !== null) window.put(key, timestamp, value, timestamp)
    }
  }
}

/** One side of a join of two streams: Kafka's KStreamKStreamJoin. */
export function streamJoin(options: StreamJoinOptions): OperatorFactory {
  const { side, windows, joiner, outer } = options
  const left = side === 'left'
  const other: Side = left ? 'right' : 'left'
  const beforeMs = left ? windows.beforeMs : windows.afterMs
  const afterMs = left ? windows.afterMs : windows.beforeMs
  const join = left ? joiner : (own: unknown, found: unknown, key: unknown) => joiner(found, own, key)
  return context => {
    const { forward, drop } = context
    const otherWindow = context.store<WindowStore>(options.otherStore)
    const unmatched =
      options.unmatchedStore === undefined ? undefined : context.store<UnmatchedStore>(options.unmatchedStore)
    const clock: JoinClock = {
      streamTime: context.mark(`${options.name}.time`, -1),
      minTime: context.mark(`${options.name}.unmatched`, Number.POSITIVE_INFINITY),
    }
    const { streamTime, minTime } = clock
    const emitUnmatched = unmatched && unmatchedEmission({ unmatched, clock, windows, afterMs, joiner }, context)
    return (key, value, timestamp) => {
      if (timestamp > streamTime.value) streamTime.value = timestamp
      if (value === null) return drop('null-value')
      if (key === null) {
        // KIP-962: it can match nothing, so an outer join has its result at once.
        if (!outer) return drop('null-key')
        return forward(null, orNull(join(value, null, null)), timestamp, null, true)
      }
      if (emitUnmatched && timestamp === streamTime.value) emitUnmatched()
      const timeTo = timestamp + afterMs
      const found = otherWindow.fetch(key, timestamp - beforeMs, timeTo)
      for (const match of found) {
        unmatched?.matched(other, key, match.start)
        const time = match.start > timestamp ? match.start : timestamp
        forward(key, orNull(join(value, match.value, key)), time, null, true)
      }
      if (!outer || found.length > 0) return
      if (!unmatched || timeTo < streamTime.value) {
        // No record to come can match it any more.
        forward(key, orNull(join(value, null, key)), timestamp, null, true)
      } else {
        if (timestamp < minTime.value) minTime.value = timestamp
        unmatched.put(side, key, value, timestamp)
      }
    }
  }
}

interface Emission {
  readonly unmatched: UnmatchedStore
  readonly clock: JoinClock
  readonly windows: JoinWindows
  /** Of the side whose record asks. */
  readonly afterMs: number
  readonly joiner: UserFunction
}

/** Passes on the records whose window has closed without a match, as early and in the order in which Kafka does. */
function unmatchedEmission(emission: Emission, { forward }: OperatorContext): () => void {
  const { unmatched, clock, windows, afterMs, joiner } = emission
  const { graceMs } = windows
  const { streamTime, minTime } = clock
  return () => {
    // Kafka's gate: `minTime` is where the last look stopped, also when that record has found its match since.
    if (Number.isFinite(minTime.value) && minTime.value + afterMs + graceMs >= streamTime.value) return
    minTime.value = Number.POSITIVE_INFINITY
    if (unmatched.isEmpty) return
    const open = { left: false, right: false }
    let previous: string | undefined
    for (const { place, side, key, value, timestamp } of unmatched.all()) {
      minTime.value = timestamp
      if (open.left && open.right) break
      const waitsMs = (side === 'left' ? windows.afterMs : windows.beforeMs) + graceMs
      if (timestamp + waitsMs >= streamTime.value) {
        open[side] = true
        continue
      }
      const joined = side === 'left' ? joiner(value, null, key) : joiner(null, value, key)
      forward(key, orNull(joined), timestamp, null, true)
      if (previous !== undefined && previous !== place) unmatched.removePlace(previous)
      previous = place
    }
    if (previous !== undefined) unmatched.removePlace(previous)
  }
}
