import type { Duration } from '../topology/duration.ts'
import type { Meta } from '../types.ts'

/** What a processor may do. */
export interface Context<K, O> {
  /** Passes on a record. Its timestamp is that of the record at hand, if none is given. */
  forward(key: K, value: O, options?: { readonly timestamp?: number }): void
  /** Calls `action` again and again, by the timestamps of the records or by the wall clock. */
  schedule(every: Duration, by: 'stream-time' | 'wall-clock', action: (now: number) => void): void
  /** A store that the processor named in its options. */
  store<SK, SV>(name: string): KeyValueStore<SK, SV>
  readonly partition: number
}

export interface Processor<K, V> {
  process(value: V, key: K, meta: Meta): void
}

/** The state of a processor. */
export interface KeyValueStore<K, V> {
  get(key: K): V | null
  /** null deletes. */
  put(key: K, value: V | null): void
  delete(key: K): void
  /** Both ends included, in the order of the encoded keys. */
  range(from: K, to: K): Iterable<[K, V]>
  all(): Iterable<[K, V]>
}
