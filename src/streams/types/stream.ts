import type { Codec } from '../codecs/codec.ts'
import type { Duration } from '../topology/duration.ts'
import type { Meta, Sink } from '../types.ts'
import type { GlobalTable, GroupedStream, Materialized } from './grouped.ts'
import type { Pattern, PatternStart } from './pattern.ts'
import type { Context, Processor } from './processor.ts'
import type { Table } from './table.ts'

/** Names an operator: in the topology, and for the topics and stores that it needs. */
interface Named {
  readonly name?: string
}

/** The time between two records that a join brings together, measured from the left one. */
export type Within = Duration | { readonly before: Duration; readonly after: Duration }

export interface StreamJoin<K, L, R> extends Named {
  readonly within: Within
  /** How long a record may be late. */
  readonly grace: Duration
  readonly key?: Codec<K>
  readonly leftValue?: Codec<L>
  readonly rightValue?: Codec<R>
  /** When a record without a match is a result: when nothing can match it any more (default), or at once, and again with a match. */
  readonly unmatched?: 'when-closed' | 'at-once'
}

export interface TableJoin<K, L> extends Named {
  /** With a versioned table: how long to wait for rows that come late. */
  readonly grace?: Duration
  readonly key?: Codec<K>
  readonly leftValue?: Codec<L>
}

export interface GlobalJoin<K, L, G> extends Named {
  /** The key to look up; null finds nothing. */
  readonly on: (value: L, key: K) => G | null
}

/** Records of a topic, or what became of them. Callbacks take the value first, then the key, then where it came from. */
export interface Stream<K, V> {
  filter<S extends V>(predicate: (value: V, key: K, meta: Meta) => value is S): Stream<K, S>
  filter(predicate: (value: V, key: K, meta: Meta) => boolean): Stream<K, V>
  filterNot(predicate: (value: V, key: K, meta: Meta) => boolean): Stream<K, V>
  map<K2, V2>(
    mapper: (value: V, key: K, meta: Meta) => { readonly key: K2; readonly value: V2 },
    options?: { readonly key?: Codec<K2> },
  ): Stream<K2, V2>
  mapValues<O>(mapper: (value: V, key: K, meta: Meta) => O): Stream<K, O>
  flatMap<K2, V2>(
    mapper: (value: V, key: K, meta: Meta) => Iterable<{ readonly key: K2; readonly value: V2 }>,
    options?: { readonly key?: Codec<K2> },
  ): Stream<K2, V2>
  flatMapValues<O>(mapper: (value: V, key: K, meta: Meta) => Iterable<O>): Stream<K, O>
  selectKey<K2>(
    selector: (value: V, key: K, meta: Meta) => K2,
    options?: Named & { readonly key?: Codec<K2> },
  ): Stream<K2, V>
  peek(action: (value: V, key: K, meta: Meta) => void): Stream<K, V>
  forEach(action: (value: V, key: K, meta: Meta) => void): void
  merge<V2>(other: Stream<K, V2>): Stream<K, V | V2>
  /** Each record goes to the first branch that takes it, else to `default`. */
  branch<B extends Readonly<Record<string, (value: V, key: K, meta: Meta) => boolean>>>(
    branches: B,
    options?: Named,
  ): { readonly [N in keyof B | 'default']: Stream<K, V> }
  repartition(
    options?: Named & { readonly partitions?: number; readonly key?: Codec<K>; readonly value?: Codec<V> },
  ): Stream<K, V>
  /** Passes on the first record of each id within a time. */
  deduplicate<I>(options: Named & { readonly id: (value: V, key: K) => I; readonly within: Duration }): Stream<K, V>

  groupByKey(options?: Named & { readonly key?: Codec<K>; readonly value?: Codec<V> }): GroupedStream<K, V>
  groupBy<K2>(
    selector: (value: V, key: K, meta: Meta) => K2,
    options?: Named & { readonly key?: Codec<K2>; readonly value?: Codec<V> },
  ): GroupedStream<K2, V>
  toTable(options?: Materialized<K, V>): Table<K, V>

  join<R, O>(right: Stream<K, R>, joiner: (left: V, right: R, key: K) => O, options: StreamJoin<K, V, R>): Stream<K, O>
  join<R, O>(
    right: Table<K, R, unknown>,
    joiner: (left: V, right: R, key: K) => O,
    options?: TableJoin<K, V>,
  ): Stream<K, O>
  join<G, R, O>(
    right: GlobalTable<G, R>,
    joiner: (left: V, right: R, key: K) => O,
    options: GlobalJoin<K, V, G>,
  ): Stream<K, O>
  leftJoin<R, O>(
    right: Stream<K, R>,
    joiner: (left: V, right: R | null, key: K) => O,
    options: StreamJoin<K, V, R>,
  ): Stream<K, O>
  leftJoin<R, O>(
    right: Table<K, R, unknown>,
    joiner: (left: V, right: R | null, key: K) => O,
    options?: TableJoin<K, V>,
  ): Stream<K, O>
  leftJoin<G, R, O>(
    right: GlobalTable<G, R>,
    joiner: (left: V, right: R | null, key: K) => O,
    options: GlobalJoin<K, V, G>,
  ): Stream<K, O>
  outerJoin<R, O>(
    right: Stream<K, R>,
    joiner: (left: V | null, right: R | null, key: K) => O,
    options: StreamJoin<K, V, R>,
  ): Stream<K, O>

  /** Finds sequences of records of one key. */
  match<M extends Record<string, V[]>, O>(
    pattern: (start: PatternStart<V>) => Pattern<V, M>,
    result: (matched: M, key: K) => O,
    options?: Named,
  ): Stream<K, O>
  process<K2 = K, O = V>(
    processor: (context: Context<K2, O>) => Processor<K, V>,
    options?: Named & { readonly stores?: readonly string[] },
  ): Stream<K2, O>
  to(topic: Sink<K, V>): void
}
