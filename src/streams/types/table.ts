import type { Codec } from '../codecs/codec.ts'
import type { Duration } from '../topology/duration.ts'
import type { GroupedTable, Materialized } from './grouped.ts'
import type { Stream } from './stream.ts'

type JoinOptions<K, V> = Materialized<K, V> & { readonly name?: string }

interface SuppressLimits {
  readonly maxRecords?: number
  readonly maxBytes?: number
  readonly name?: string
}

/**
 * What a key's value is now, and each change of it. `N` is null where rows may be deleted, never where they only change: a
 * stream of the changes then has null values, or none.
 */
export interface Table<K, V, N = null> {
  filter<S extends V>(predicate: (value: V, key: K) => value is S, options?: Materialized<K, S>): Table<K, S>
  filter(predicate: (value: V, key: K) => boolean, options?: Materialized<K, V>): Table<K, V>
  filterNot(predicate: (value: V, key: K) => boolean, options?: Materialized<K, V>): Table<K, V>
  mapValues<O>(mapper: (value: V, key: K) => O, options?: Materialized<K, O>): Table<K, O, N>
  groupBy<K2, V2>(
    mapper: (value: V, key: K) => { readonly key: K2; readonly value: V2 } | null,
    options?: { readonly key?: Codec<K2>; readonly value?: Codec<V2>; readonly name?: string },
  ): GroupedTable<K2, V2>

  // The variant that asks for more comes first: a function that is an option has the types of its parameters from the first
  // one that is tried.
  /** Joins with the row that `foreignKey` points to. */
  join<F, R, O>(
    right: Table<F, R, unknown>,
    joiner: (left: V, right: R) => O,
    options: JoinOptions<K, O> & { readonly foreignKey: (value: V, key: K) => F | null },
  ): Table<K, O>
  join<R, O>(right: Table<K, R, unknown>, joiner: (left: V, right: R) => O, options?: JoinOptions<K, O>): Table<K, O>
  leftJoin<F, R, O>(
    right: Table<F, R, unknown>,
    joiner: (left: V, right: R | null) => O,
    options: JoinOptions<K, O> & { readonly foreignKey: (value: V, key: K) => F | null },
  ): Table<K, O>
  leftJoin<R, O>(
    right: Table<K, R, unknown>,
    joiner: (left: V, right: R | null) => O,
    options?: JoinOptions<K, O>,
  ): Table<K, O>
  outerJoin<R, O>(
    right: Table<K, R, unknown>,
    joiner: (left: V | null, right: R | null) => O,
    options?: JoinOptions<K, O>,
  ): Table<K, O>

  /**
   * Holds updates back: until their window closes, or for a time after the first one of a key. A full buffer lets the first
   * ones go early; one that waits for windows to close, or with `whenFull: 'fail'`, stops instead.
   */
  suppress(
    request:
      | 'until-window-closes'
      | ({ readonly untilWindowCloses: true } & SuppressLimits)
      | ({ readonly untilTimeLimit: Duration; readonly whenFull?: 'emit-early' | 'fail' } & SuppressLimits),
  ): Table<K, V, N>
  toStream(): Stream<K, V | N>
}
