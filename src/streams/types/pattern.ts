import type { Duration } from '../topology/duration.ts'

/** The start of a sequence of records of one key. */
export interface PatternStart<V> {
  begin<N extends string>(name: N, where: (value: V) => boolean): Pattern<V, Record<N, V[]>>
}

/** A sequence: `M` names what it has matched. */
export interface Pattern<V, M extends Record<string, V[]>> {
  /** The last step comes so many times. Other records may lie between. */
  times(count: number | { readonly min: number; readonly max?: number }): Pattern<V, M>
  /** The very next record of the key. */
  next<N extends string>(name: N, where: (value: V, soFar: M) => boolean): Pattern<V, M & Record<N, V[]>>
  /** A later record of the key. */
  followedBy<N extends string>(name: N, where: (value: V, soFar: M) => boolean): Pattern<V, M & Record<N, V[]>>
  /** No such record before the next step, or, at the end, before `within` is over. */
  notFollowedBy(where: (value: V, soFar: M) => boolean): Pattern<V, M>
  /** The time between the first and the last record. */
  within(duration: Duration): Pattern<V, M>
  /** Where the search goes on after a match: behind its last record, or at the next record that could begin one. */
  afterMatch(skip: 'past-last' | 'to-next'): Pattern<V, M>
}
