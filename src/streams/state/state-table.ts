import { OrderedMap } from './ordered-map.ts'

/**
 * What a store keeps under one key: a primitive as it is, an object as the bytes of its codec (so that what a script does to
 * an object that it was handed changes nothing here), null where a store marks a deletion; and a timestamp in milliseconds.
 */
export interface Row {
  readonly value: unknown
  readonly timestamp: number
}

/** What a row takes besides its key and its bytes: two map entries, a row object, a view of bytes. Measured, roughly. */
const rowBytes = 160

/** What a row takes in memory, in bytes. */
export function rowSize(key: string, { value }: Row): number {
  if (typeof value === 'string') return rowBytes + key.length + value.length
  return rowBytes + key.length + (value instanceof Uint8Array ? value.length : 0)
}

/**
 * One store of one task, in the order of its keys (texts of bytes, see `KeyText`). What was changed since the last commit
 * is known by key: it goes to the changelog, and to disk, in one piece with the position that it belongs to.
 */
export interface StateTable {
  readonly isEmpty: boolean
  get(key: string): Row | undefined
  put(key: string, row: Row): void
  remove(key: string): void
  /** Rows from `from` up to, not including, `to`; the table may change meanwhile. */
  range(from: string, to?: string): Iterable<[string, Row]>
  reverse(from: string, to?: string): Iterable<[string, Row]>
  /** Hands over the keys that changed since the last call, each with its row, undefined where it was removed. */
  drain(changed: (key: string, row: Row | undefined) => void): void
  /** What finds rows by times in their keys, once they lie in a file and not in memory. */
  readonly timed?: TimedRows | undefined
}

/** Rows in a file. `fromEnd`: how many bytes before the end of their keys the time begins, the same at each call. */
export interface TimedRows {
  /** Rises each time that the file has been written. */
  readonly writes: number
  /** Whether the key was changed or removed since the file was written. */
  isPending(key: string): boolean
  /** Keys in the file with times from `from` up to, not including, `to`, by time, then key. The table may change meanwhile. */
  keysOfTimes(fromEnd: number, from: number, to: number): Iterable<string>
  /** The greatest time in the file, -1 without rows. */
  lastTime(fromEnd: number): number
  /** The greatest number in the last four bytes of a key, 0 without rows. */
  greatestSequence(fromEnd: number): number
  /** Up to `limit` rows of the file behind this one, by the number that their values begin with, then by key. */
  dueAfter(row: DueRow | undefined, limit: number): readonly DueRow[]
}

/** A row whose value begins with a number of eight bytes (a double): when it is due. */
export interface DueRow {
  readonly dueAt: number
  readonly key: string
}

/** A table that lives in memory alone: for tests, and for stores whose size is bounded. */
export class MemoryTable implements StateTable {
  readonly #rows = new OrderedMap<Row>()
  #changed = new Set<string>()

  get isEmpty(): boolean {
    return this.#rows.size === 0
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  put(key: string, row: Row): void {
    this.#rows.set(key, row)
    this.#changed.add(key)
  }

  remove(key: string): void {
    if (this.#rows.delete(key)) this.#changed.add(key)
  }

  range(from: string, to?: string): Iterable<[string, Row]> {
    return this.#rows.range(from, to)
  }

  reverse(from: string, to?: string): Iterable<[string, Row]> {
    return this.#rows.reverse(from, to)
  }

  drain(changed: (key: string, row: Row | undefined) => void): void {
    if (this.#changed.size === 0) return
    const keys = this.#changed
    this.#changed = new Set()
    for (const key of keys) changed(key, this.#rows.get(key))
  }
}
