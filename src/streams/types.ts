import type { Codec } from './codecs/codec.ts'
import type { Duration } from './topology/duration.ts'
import type { CogroupedStream, GlobalTable, GroupedStream, Materialized } from './types/grouped.ts'
import type { Stream } from './types/stream.ts'
import type { Table } from './types/table.ts'

/** Where a record came from, and when it happened. Valid while the function that gets it runs. */
export interface Meta {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly headers: ReadonlyMap<string, Uint8Array>
}

/** A topic, with the types of its keys and values. */
export interface Topic<K, V> {
  readonly name: string
  readonly key: Codec<K>
  readonly value: Codec<V>
}

/** A topic of which it does not matter what it holds. */
export type AnyTopic = Pick<Topic<unknown, unknown>, 'name'>

/** A topic that records of these types may go to: also one that holds more. A null value is a deletion, a null key no key. */
export interface Sink<K, V> {
  readonly name: string
  readonly key: { readonly encode: (key: NonNullable<K>) => Uint8Array }
  readonly value: { readonly encode: (value: NonNullable<V>) => Uint8Array }
}

export interface TopicOptions<K, V> {
  readonly key: Codec<K>
  readonly value: Codec<V>
  /** When the record happened, in milliseconds since 1970; without it, the timestamp of the record. */
  readonly timestamp?: (value: V, meta: Meta) => number
  /** What happens to records that the codec or its schema refuses. Default: `fail`. */
  readonly onInvalid?: 'fail' | 'skip' | { readonly deadLetter: string }
}

export interface Builder {
  /** Records of a topic, or of several that are written alike. */
  stream<K, V>(topic: Topic<K, V> | readonly Topic<K, V>[]): Stream<K, V>
  /** A topic whose records are updates of their keys. */
  table<K, V>(
    topic: Topic<K, V>,
    options?: Materialized<K, V> & { readonly versioned?: { readonly historyRetention: Duration } },
  ): Table<K, V>
  /** A topic of which every instance keeps all rows: joins by any key, without repartitioning. */
  globalTable<K, V>(topic: Topic<K, V>, options?: Materialized<K, V>): GlobalTable<K, V>
  /** Declares a store for `process()`. */
  store<K, V>(
    name: string,
    options: { readonly key: Codec<K>; readonly value: Codec<V>; readonly changelog?: boolean },
  ): void
}

/** What `streams()` makes, to be the default export of a script. */
export interface Topology {
  readonly name: string
  /** The topology in Kafka's own text form. */
  describe(): string
  /** The topology as a picture of lines for a terminal. */
  picture(): string
}

export interface StreamsOptions {
  /** Default: `exactly-once`. */
  readonly processing?: 'exactly-once' | 'at-least-once'
  /** How many other instances keep a copy of each task's state. Default: 0. */
  readonly standbys?: number
  /** What happens to a record with which the script throws. Default: `fail`. */
  readonly onError?: 'fail' | { readonly deadLetter: string }
  /** Kafka Streams' optimizations of the topology. Default: false, as there. */
  readonly optimize?: boolean
}

export type { CogroupedStream, GlobalTable, GroupedStream, Stream, Table }
