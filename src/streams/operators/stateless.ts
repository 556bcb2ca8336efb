import { type OperatorFactory, orNull, type UserFunction } from './operator.ts'

/** Passes on the records for which `predicate(value, key, meta)` is true. */
export function filter(predicate: UserFunction): OperatorFactory {
  return ({ forward, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      if (predicate(value, key, origin)) forward(key, value, timestamp, null, true)
    }
}

/** `mapper(value, key, meta)` answers `{ key, value }`. */
export function map(mapper: UserFunction): OperatorFactory {
  return ({ forward, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      const mapped = mapper(value, key, origin) as { key: unknown; value: unknown }
      forward(orNull(mapped.key), orNull(mapped.value), timestamp, null, true)
    }
}

/** `mapper(value, key, meta)` answers any number of `{ key, value }`. */
export function flatMap(mapper: UserFunction): OperatorFactory {
  return ({ forward, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      for (const mapped of mapper(value, key, origin) as Iterable<{ key: unknown; value: unknown }>) {
        forward(orNull(mapped.key), orNull(mapped.value), timestamp, null, true)
      }
    }
}

export function mapValues(mapper: UserFunction): OperatorFactory {
  return ({ forward, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      forward(key, orNull(mapper(value, key, origin)), timestamp, null, true)
    }
}

export function flatMapValues(mapper: UserFunction): OperatorFactory {
  return ({ forward, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      for (const mapped of mapper(value, key, origin) as Iterable<unknown>) {
        forward(key, orNull(mapped), timestamp, null, true)
      }
    }
}

/** `selector(value, key, meta)` answers the new key. */
export function selectKey(selector: UserFunction): OperatorFactory {
  return ({ forward, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      forward(orNull(selector(value, key, origin)), value, timestamp, null, true)
    }
}

/** Shows each record to `action(value, key, meta)` and passes it on. */
export function peek(action: UserFunction): OperatorFactory {
  return ({ forward, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      action(value, key, origin)
      forward(key, value, timestamp, null, true)
    }
}

/** Passes each record to the first branch whose predicate holds, or to the last child, which has none; else drops it. */
export function branch(predicates: readonly UserFunction[]): OperatorFactory {
  return ({ children, origin }) =>
    (key, value, timestamp) => {
      origin.timestamp = timestamp
      const found = predicates.findIndex(predicate => predicate(value, key, origin))
      children[found < 0 ? predicates.length : found]?.(key, value, timestamp, null, true)
    }
}

/** Passes everything on: where streams come together. */
export const passThrough: OperatorFactory = ({ forward }) => forward

/** Drops records without a key: nobody could say which partition of a repartition topic they belong to. */
export const withKey: OperatorFactory =
  ({ forward, drop }) =>
  (key, value, timestamp) => {
    if (key === null) drop('null-key')
    else forward(key, value, timestamp, null, true)
  }
