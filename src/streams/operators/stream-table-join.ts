import type { JoinBuffer } from '../state/join-buffer.ts'
import { type OperatorFactory, orNull, type TableView, type UserFunction } from './operator.ts'

export interface StreamTableJoinOptions {
  readonly left: boolean
  readonly table: TableView
  /** The key to look up: `keyOf(value, key)`. */
  readonly keyOf: UserFunction
  /** `joiner(value, row, key)`. */
  readonly joiner: UserFunction
  /** Where records wait for the grace to pass, with a versioned table (KIP-923). */
  readonly buffer?: { readonly store: string; readonly graceMs: number }
}

/** Each record of a stream meets the row that a table holds for its key: now, or, with versions, at the record's time. */
export function streamTableJoin(options: StreamTableJoinOptions): OperatorFactory {
  const { left, keyOf, joiner, buffer } = options
  return context => {
    const { forward, drop, origin } = context
    const rows = options.table(context)
    const join = (key: unknown, value: unknown, timestamp: number): void => {
      const tableKey = orNull(keyOf(value, key))
      const row = tableKey === null ? undefined : rows.getAsOf ? rows.getAsOf(tableKey, timestamp) : rows.get(tableKey)
      if (!row && !left) return
      forward(key, orNull(joiner(value, row ? row.value : null, key)), timestamp, null, true)
    }
    const waiting = buffer && context.store<JoinBuffer>(buffer.store)
    const streamTime = buffer ? context.mark(`${buffer.store}.time`, -1) : { value: -1 }
    return (key, value, timestamp) => {
      if (timestamp > streamTime.value) streamTime.value = timestamp
      if (value === null) return drop('null-value')
      // KIP-962: a left join has a result also for a record that can find nothing.
      if (!(left && key === null) && orNull(keyOf(value, key)) === null) return drop('null-join-key')
      if (!buffer || !waiting || key === null || timestamp < streamTime.value - buffer.graceMs)
        return join(key, value, timestamp)
      waiting.put(key, value, timestamp, origin)
      waiting.shiftUntil(streamTime.value - buffer.graceMs, origin, join)
    }
  }
}
