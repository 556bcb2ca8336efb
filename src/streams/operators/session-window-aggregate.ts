import type { Mark } from '../state/marks.ts'
import type { SessionStore } from '../state/session-store.ts'
import { type OperatorFactory, orNull, type Receive } from './operator.ts'
import { StreamTime } from './stream-time.ts'
import type { WindowAggregateOptions } from './time-window-aggregate.ts'
import { closeDelayMs, type SessionWindows } from './windows.ts'

/**
 * Aggregates a stream by key in sessions: Kafka's KStreamSessionWindowAggregate. A record that joins sessions takes their
 * place: each of them is withdrawn (null, at its end) before the new one. A value of null is aggregated too.
 */
export function sessionWindowAggregate(options: WindowAggregateOptions<SessionWindows>): OperatorFactory {
  const { windows, aggregation, emit, table } = options
  const { gapMs } = windows
  const closeDelay = closeDelayMs(windows)
  return context => {
    const { forward, drop, late } = context
    const store = context.store<SessionStore>(table.store)
    const emitClosed = closedSessions(store, forward, context.mark(`${table.store}.closed`, -1))
    const streamTime = new StreamTime(context, table.store, emit, () => emitClosed(streamTime.now - closeDelay))
    return (key, value, timestamp) => {
      if (key === null) return drop('null-key')
      streamTime.observe(timestamp)
      const closeTime = streamTime.now - closeDelay
      const joined = store.find(key, timestamp - gapMs, timestamp + gapMs)
      let start = timestamp
      let end = timestamp
      let aggregate = aggregation.initialize()
      for (const session of joined) {
        if (session.start < start) start = session.start
        if (session.end > end) end = session.end
        aggregate = orNull(aggregation.merge?.(aggregate, session.value, key))
      }
      if (end < closeTime) {
        drop('late')
        late(key, value, timestamp, null, true)
      } else {
        // A session of this one moment stays what it is: it is replaced, not withdrawn.
        const grows = start !== timestamp || end !== timestamp
        for (const session of grows ? joined : []) {
          store.put(key, session, null)
          if (emit.final) continue
          const window = { start: session.start, end: session.end }
          forward({ key, window }, null, session.end, table.sendOldValues ? session.value : null, true)
        }
        const after = orNull(aggregation.add(aggregate, value, key))
        store.put(key, { start, end }, after)
        if (!emit.final) forward({ key, window: { start, end } }, after, end, null, true)
      }
      if (emit.final) emitClosed(closeTime)
    }
  }
}

/** Passes on the sessions that close when the time below which they are closed rises to `closeTime`: by end, then key. */
function closedSessions(store: SessionStore, forward: Receive, closed: Mark): (closeTime: number) => void {
  return closeTime => {
    if (closeTime <= closed.value || closeTime < 1) return
    for (const { key, start, end, value } of store.findEnded(Math.max(0, closed.value), closeTime - 1)) {
      forward({ key, window: { start, end } }, value, end, null, true)
    }
    closed.value = closeTime
  }
}
