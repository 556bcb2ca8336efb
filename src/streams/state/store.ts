/** A value and when it was set. */
export interface Stamped {
  readonly value: unknown
  readonly timestamp: number
}

/** What became of an update: now the latest version, an older one kept as history, or one too old to be kept at all. */
export type PutResult = 'latest' | 'history' | 'dropped'

/** What tables are kept in: plain or versioned. Values are never null: null in `put` deletes. */
export interface TableStore {
  get(key: unknown): Stamped | undefined
  put(key: unknown, value: unknown, timestamp: number): PutResult
  /** The version that was valid at `asOf`. Only versioned stores have it. */
  getAsOf?(key: unknown, asOf: number): Stamped | undefined
}

/** One entry of a windowed store, with the window's start and, for sessions, its end. */
export interface WindowEntry {
  readonly key: unknown
  readonly start: number
  readonly end: number
  readonly value: unknown
  readonly timestamp: number
}
