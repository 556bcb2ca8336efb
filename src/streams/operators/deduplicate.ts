import type { WindowStore } from '../state/window-store.ts'
import { type OperatorFactory, orNull, type UserFunction } from './operator.ts'

/**
 * Passes on the first record of each id within a time. A record is a repetition when one with its id has a timestamp at
 * most `withinMs` away from its own, before or after. Records without an id pass.
 */
export function deduplicate(store: string, id: UserFunction, withinMs: number): OperatorFactory {
  return context => {
    const { forward, drop } = context
    const seen = context.store<WindowStore>(store)
    return (key, value, timestamp) => {
      if (value === null) return drop('null-value')
      const identity = orNull(id(value, key))
      if (identity === null) return forward(key, value, timestamp, null, true)
      const repeated = seen.fetch(identity, timestamp - withinMs, timestamp + withinMs).length > 0
      // Repetitions do not prolong the time: what is repeated for ever is passed on once in it.
      if (repeated) return
      seen.put(identity, timestamp, 1, timestamp)
      forward(key, value, timestamp, null, true)
    }
  }
}
