import { timeAt, timeText } from '../codecs/key-text.ts'
import { OrderedMap } from './ordered-map.ts'
import type { DueRow, StateTable, TimedRows } from './state-table.ts'

/** Rows that are due next are read from the file in pages of this many. */
const pageRows = 256

/**
 * Which rows of a table are due when, the first first, then in the order of their keys. Holds due times and keys in memory as
 * long as the table holds its rows there; afterwards only those that the file does not have yet, and the file finds the others
 * by an index.
 */
export class DueOrder {
  readonly #table: StateTable
  readonly #dueOf: (key: string) => number | undefined
  /** Due times and keys, as one text. */
  readonly #places = new OrderedMap<string>()
  /** How often the file had been written when keys were last let go of. */
  #writes = -1
  /** Of the file, from `#next` on. What was removed since it was written stands there, too. */
  #page: readonly DueRow[] = []
  #next = 0
  #isLastPage = false
  /** The row at `#next` is known to be there. */
  #isChecked = false

  /** `dueOf`: when the row of a key is due, undefined where there is none. */
  constructor(table: StateTable, dueOf: (key: string) => number | undefined) {
    this.#table = table
    this.#dueOf = dueOf
  }

  /** A row that the table did not have is about to come, or is there from before. */
  add(dueAt: number, key: string): void {
    this.#letGo()
    this.#places.set(timeText(dueAt) + key, key)
  }

  /** The row that is due first. */
  first(): { readonly dueAt: number; readonly key: string } | undefined {
    const timed = this.#letGo()
    const place = this.#places.first()
    const stored = timed && this.#firstStored(timed)
    if (place === undefined || (stored && timeText(stored.dueAt) + stored.key < place)) return stored
    return { dueAt: timeAt(place, 0), key: this.#places.get(place)! }
  }

  /** The row is about to be removed. */
  remove(dueAt: number, key: string): void {
    this.#places.delete(timeText(dueAt) + key)
    this.#isChecked = false
  }

  /** The file has what was written: its keys need not be held here any more. */
  #letGo(): TimedRows | undefined {
    const { timed } = this.#table
    if (!timed || timed.writes === this.#writes) return timed
    this.#writes = timed.writes
    for (const [place, key] of [...this.#places.entries()]) if (!timed.isPending(key)) this.#places.delete(place)
    this.#page = []
    this.#next = 0
    this.#isLastPage = false
    this.#isChecked = false
    return timed
  }

  #firstStored(timed: TimedRows): DueRow | undefined {
    for (;;) {
      const row = this.#page[this.#next]
      if (row && (this.#isChecked || this.#dueOf(row.key) === row.dueAt)) {
        this.#isChecked = true
        return row
      }
      if (row) this.#next++
      else if (this.#isLastPage) return undefined
      else {
        this.#page = timed.dueAfter(this.#page.at(-1), pageRows)
        this.#next = 0
        this.#isLastPage = this.#page.length < pageRows
      }
    }
  }
}
