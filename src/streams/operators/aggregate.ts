import type { TableStore } from '../state/store.ts'
import { type OperatorFactory, orNull, type UserFunction } from './operator.ts'
import type { TableOptions } from './tables.ts'

/** How the values of a group become one. `add(aggregate, value, key)`; `subtract` the same, for tables. */
export interface Aggregation {
  readonly initialize: () => unknown
  readonly add: UserFunction
  readonly subtract?: UserFunction
  /** For sessions: `merge(a, b, key)`. */
  readonly merge?: UserFunction
  /** A reduction starts with the first value instead of `initialize`. */
  readonly reduces?: boolean
}

/** What a reduction has before its first value: never seen by a user's function. */
export const nothing: unique symbol = Symbol('nothing')

export const counting: Aggregation = {
  initialize: () => 0,
  add: count => (count as number) + 1,
  subtract: count => (count as number) - 1,
  merge: (a, b) => (a as number) + (b as number),
}

/** The aggregation that puts values together two by two: `reducer(aggregate, value)`. */
export function reducing(reducer: UserFunction, subtract?: UserFunction): Aggregation {
  const join: UserFunction = (a, b) => (a === nothing ? b : b === nothing ? a : reducer(a, b))
  return { initialize: () => nothing, add: join, merge: join, reduces: true, ...(subtract && { subtract }) }
}

/**
 * An old value that is passed on although a script's function gets it too, and may change it: primitives as they are, objects
 * as they come out of the store once more.
 */
export function untouched(value: unknown, again: () => unknown): unknown {
  if (value === nothing) return null
  return typeof value === 'object' && value !== null ? orNull(again()) : value
}

/** A stream's records, aggregated by key. Records without a key or a value do not count. */
export function streamAggregate(options: TableOptions & { store: string }, aggregation: Aggregation): OperatorFactory {
  const { initialize, add } = aggregation
  return context => {
    const { forward, drop } = context
    const store = context.store<TableStore>(options.store)
    return (key, value, timestamp) => {
      if (key === null) return drop('null-key')
      if (value === null) return drop('null-value')
      const stored = store.get(key)
      const before = stored ? stored.value : initialize()
      const time = stored && stored.timestamp > timestamp ? stored.timestamp : timestamp
      // As Kafka does: the first update of a group names what the initializer makes as the old value.
      const old = options.sendOldValues ? untouched(before, () => store.get(key)?.value ?? initialize()) : null
      const after = orNull(add(before, value, key))
      const result = store.put(key, after, time)
      if (result === 'dropped') return drop('late')
      forward(key, after, time, old, result === 'latest')
    }
  }
}

/** A table's rows, aggregated by group: what a row was is subtracted, what it is now is added. */
export function tableAggregate(options: TableOptions & { store: string }, aggregation: Aggregation): OperatorFactory {
  const { initialize, add, subtract } = aggregation
  return context => {
    const { forward, drop } = context
    const store = context.store<TableStore>(options.store)
    return (key, value, timestamp, oldValue) => {
      if (key === null) return drop('null-key')
      const stored = store.get(key)
      let aggregate = stored ? stored.value : null
      const old = options.sendOldValues && stored ? untouched(stored.value, () => store.get(key)?.value) : null
      let time = timestamp
      if (oldValue !== null && aggregate !== null) {
        aggregate = orNull(subtract?.(aggregate, oldValue, key))
        time = Math.max(timestamp, stored!.timestamp)
      }
      if (value !== null) {
        aggregate = orNull(add(aggregate === null ? initialize() : aggregate, value, key))
        if (stored) time = Math.max(timestamp, stored.timestamp)
      }
      const result = store.put(key, aggregate, time)
      if (result === 'dropped') return drop('late')
      forward(key, aggregate, time, old, result === 'latest')
    }
  }
}
