import type { Codec } from '../codecs/codec.ts'
import type { Windowed } from '../codecs/windowed.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../operators/windows.ts'
import type { Duration } from '../topology/duration.ts'
import type { Stream } from './stream.ts'
import type { Table } from './table.ts'

/** How a table is kept. */
export interface Materialized<K, V> {
  /** The name of its store: for queries, and so that it is found again when the topology changes. */
  readonly store?: string
  readonly key?: Codec<K>
  readonly value?: Codec<V>
  /** How long windows are kept; at least their size and grace, which is the default. */
  readonly retention?: Duration
  /** Whether updates go to a changelog topic, from which the store is built again. Default: true. */
  readonly changelog?: boolean
}

/**
 * When a windowed aggregate tells its results: with every update; once, when the window has closed; or that, with a time
 * without input after which stream time goes on with the wall clock, so that the last windows close too.
 */
export type Emit = 'update' | 'final' | { readonly final: true; readonly idle?: Duration }

type WindowMaterialized<K, V> = Materialized<K, V> & { readonly emit?: Emit }

export interface GroupedStream<K, V> {
  count(options?: Materialized<K, number>): Table<K, number, never>
  reduce(reducer: (aggregate: V, value: V) => V, options?: Materialized<K, V>): Table<K, V, never>
  aggregate<A>(
    initialize: () => A,
    add: (aggregate: A, value: V, key: K) => A,
    options?: Materialized<K, A>,
  ): Table<K, A, never>
  /** Begins an aggregate of several streams: go on with `.cogroup(other, add)`, end with `.aggregate(init)`. */
  cogroup<A>(add: (aggregate: A, value: V, key: K) => A): CogroupedStream<K, A>
  windowedBy(windows: SessionWindows): SessionStream<K, V>
  windowedBy(windows: TimeWindows | SlidingWindows): WindowedStream<K, V>
}

export interface CogroupedStream<K, A> {
  cogroup<V>(other: GroupedStream<K, V>, add: (aggregate: A, value: V, key: K) => A): CogroupedStream<K, A>
  aggregate(initialize: () => A, options?: Materialized<K, A> & { readonly name?: string }): Table<K, A, never>
  windowedBy(windows: SessionWindows): SessionCogroup<K, A>
  windowedBy(windows: TimeWindows | SlidingWindows): WindowedCogroup<K, A>
}

export interface WindowedCogroup<K, A> {
  aggregate(initialize: () => A, options?: Materialized<K, A>): Table<Windowed<K>, A, never>
}

export interface SessionCogroup<K, A> {
  aggregate(initialize: () => A, merge: (a: A, b: A, key: K) => A, options?: Materialized<K, A>): Table<Windowed<K>, A>
}

/** Records that came too late for all of their windows, as they came in. Ask for them after the aggregate. */
interface WithLate<K, V> {
  late(): Stream<K, V>
}

export interface WindowedStream<K, V> extends WithLate<K, V> {
  count(options?: WindowMaterialized<K, number>): Table<Windowed<K>, number, never>
  reduce(reducer: (aggregate: V, value: V) => V, options?: WindowMaterialized<K, V>): Table<Windowed<K>, V, never>
  /** `add` gets a null value for records without one, as in Kafka Streams. */
  aggregate<A>(
    initialize: () => A,
    add: (aggregate: A, value: V, key: K) => A,
    options?: WindowMaterialized<K, A>,
  ): Table<Windowed<K>, A, never>
}

export interface SessionStream<K, V> extends WithLate<K, V> {
  count(options?: WindowMaterialized<K, number>): Table<Windowed<K>, number>
  reduce(reducer: (aggregate: V, value: V) => V, options?: WindowMaterialized<K, V>): Table<Windowed<K>, V>
  aggregate<A>(
    initialize: () => A,
    add: (aggregate: A, value: V, key: K) => A,
    merge: (a: A, b: A, key: K) => A,
    options?: WindowMaterialized<K, A>,
  ): Table<Windowed<K>, A>
}

/** A table whose rows are put into groups. */
export interface GroupedTable<K, V> {
  count(options?: Materialized<K, number>): Table<K, number, never>
  reduce(
    add: (aggregate: V, value: V) => V,
    subtract: (aggregate: V, value: V) => V,
    options?: Materialized<K, V>,
  ): Table<K, V, never>
  aggregate<A>(
    initialize: () => A,
    add: (aggregate: A, value: V, key: K) => A,
    subtract: (aggregate: A, value: V, key: K) => A,
    options?: Materialized<K, A>,
  ): Table<K, A, never>
}

declare const typesOf: unique symbol

/** A table of which every instance keeps all rows. */
export interface GlobalTable<K, V> {
  readonly [typesOf]?: { readonly key: K; readonly value: V }
  readonly store: string
}
