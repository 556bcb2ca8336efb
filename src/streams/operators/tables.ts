import type { TableStore } from '../state/store.ts'
import { type OperatorContext, type OperatorFactory, orNull, type TableView, type UserFunction } from './operator.ts'

/** What may change about a table until the topology is built: an operator behind it may need more of it. */
export interface TableOptions {
  /** The store that holds the table, where there is one. */
  store: string | undefined
  /** Whether the value before each update is passed on. */
  sendOldValues: boolean
  /** Whether its store keeps versions: then an update that comes too late is no change of the table (KIP-914). */
  versioned: boolean
}

/** Each record of a topic is an update of its key. Keeps the table, if anybody needs it kept. */
export function tableSource(options: TableOptions): OperatorFactory {
  return context => {
    const { forward, drop } = context
    if (options.store === undefined) {
      return (key, value, timestamp) => {
        if (key === null) drop('null-key')
        else forward(key, value, timestamp, null, true)
      }
    }
    const store = context.store<TableStore>(options.store)
    return (key, value, timestamp) => {
      if (key === null) return drop('null-key')
      const old = store.get(key)
      // An update that is older than the stored one still wins, unless the store keeps versions.
      const result = store.put(key, value, timestamp)
      if (result === 'dropped') return drop('late')
      forward(key, value, timestamp, options.sendOldValues && old ? old.value : null, result === 'latest')
    }
  }
}

/** A table's rows for which the predicate holds; the others are deletions. */
export function tableFilter(options: TableOptions, predicate: UserFunction): OperatorFactory {
  return context => {
    const { forward } = context
    const store = options.store === undefined ? undefined : context.store<TableStore>(options.store)
    const kept = (key: unknown, value: unknown): unknown => (value !== null && predicate(value, key) ? value : null)
    return (key, value, timestamp, oldValue, isLatest) => {
      const after = kept(key, value)
      let before: unknown = null
      if (options.sendOldValues) before = store ? (store.get(key)?.value ?? null) : kept(key, oldValue)
      // A row that was not there and is not there now: nothing to tell. With versions the history may still change.
      if (!options.versioned && options.sendOldValues && before === null && after === null) return
      update(context, store, forward, { key, after, before, timestamp, isLatest })
    }
  }
}

/** A table with each value mapped. Deletions stay deletions. */
export function tableMapValues(options: TableOptions, mapper: UserFunction): OperatorFactory {
  return context => {
    const { forward } = context
    const store = options.store === undefined ? undefined : context.store<TableStore>(options.store)
    const mapped = (key: unknown, value: unknown): unknown => (value === null ? null : orNull(mapper(value, key)))
    return (key, value, timestamp, oldValue, isLatest) => {
      const after = mapped(key, value)
      let before: unknown = null
      if (options.sendOldValues) before = store ? (store.get(key)?.value ?? null) : mapped(key, oldValue)
      update(context, store, forward, { key, after, before, timestamp, isLatest })
    }
  }
}

/** Keeps a table that comes from elsewhere, the result of a join: where a store is wanted. */
export function tableSink(options: TableOptions): OperatorFactory {
  return context => {
    const { forward } = context
    const store = options.store === undefined ? undefined : context.store<TableStore>(options.store)
    return (key, value, timestamp, oldValue, isLatest) => {
      const before = options.sendOldValues ? oldValue : null
      update(context, store, forward, { key, after: value, before, timestamp, isLatest })
    }
  }
}

/** The updates of a table as records of a stream. */
export const toStream: OperatorFactory =
  ({ forward }) =>
  (key, value, timestamp) =>
    forward(key, value, timestamp, null, true)

/**
 * Regroups a table: `mapper(value, key)` answers `{ key, value }` for the row as it was and as it is. Both go in one record
 * while the group stays the same, so that nobody sees the state between (KIP-904); else the old group hears first.
 */
export function tableSelect(options: TableOptions, mapper: UserFunction): OperatorFactory {
  return ({ forward, drop }) => {
    const select = (value: unknown, key: unknown): { key: unknown; value: unknown } | null => {
      if (value === null) return null
      const pair = mapper(value, key) as { key: unknown; value: unknown } | null | undefined
      const usable = pair && orNull(pair.key) !== null && orNull(pair.value) !== null
      return usable ? pair : null
    }
    return (key, value, timestamp, oldValue, isLatest) => {
      if (options.versioned && !isLatest) return drop('out-of-order')
      const after = select(value, key)
      const before = select(oldValue, key)
      if (before && after && sameKey(before.key, after.key)) {
        return forward(after.key, after.value, timestamp, before.value, isLatest)
      }
      if (before) forward(before.key, null, timestamp, before.value, isLatest)
      if (after) forward(after.key, after.value, timestamp, null, isLatest)
    }
  }
}

/** Reads a table from its store. */
export function storeView(name: string): TableView {
  return context => context.store<TableStore>(name)
}

/** Reads a table through the table before it. */
export function derivedView(parent: TableView, derive: (value: unknown, key: unknown) => unknown): TableView {
  return context => {
    const getter = parent(context)
    const derived = (key: unknown, found: ReturnType<TableStore['get']>): ReturnType<TableStore['get']> => {
      if (!found) return undefined
      const value = derive(found.value, key)
      return value === null ? undefined : { value, timestamp: found.timestamp }
    }
    return {
      get: key => derived(key, getter.get(key)),
      ...(getter.getAsOf && { getAsOf: (key: unknown, asOf: number) => derived(key, getter.getAsOf!(key, asOf)) }),
    }
  }
}

interface Update {
  readonly key: unknown
  readonly after: unknown
  readonly before: unknown
  readonly timestamp: number
  readonly isLatest: boolean
}

function update(
  { drop }: OperatorContext,
  store: TableStore | undefined,
  forward: OperatorContext['forward'],
  { key, after, before, timestamp, isLatest }: Update,
): void {
  const result = store?.put(key, after, timestamp)
  if (result === 'dropped') drop('late')
  else forward(key, after, timestamp, before, result === undefined ? isLatest : result === 'latest')
}

/** Keys are compared as Kafka compares them, by value: those of scripts may be objects. */
export function sameKey(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}
