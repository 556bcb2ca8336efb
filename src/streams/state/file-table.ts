import type { StateFileHeads, StateFileTable, StateFileTimes, StoredRow } from '../../storage/key-value.ts'
import { byteText, textBytes, timeAt, timeText, wordAt } from '../codecs/key-text.ts'
import { OrderedMap } from './ordered-map.ts'
import { RecentMap } from './recent-map.ts'
import type { RowFormat } from './row-format.ts'
import { type DueRow, type Row, rowSize, type StateTable, type TimedRows } from './state-table.ts'

/** Rows are read from the file in pages of this many. */
const pageRows = 128
/** Above every key: keys are texts of bytes, and none is this long. */
const lastKey = Buffer.alloc(1024, 255)

export interface FileTableOptions {
  readonly file: StateFileTable
  readonly rows: RowFormat
  /** What unchanged rows may take in memory. */
  readonly cachedBytes: () => number
}

/** Rows that the file does not hold yet: null where a row was removed. */
export type PendingRows = Iterable<readonly [string, Row | null]>

/**
 * A table that lies in a file. Changes are kept in memory until they are drained, and seen until `written` says that the file
 * has them: so a row is written once, however often it changed meanwhile. Rows that were used last are cached.
 */
export class FileTable implements StateTable, TimedRows {
  readonly #options: FileTableOptions
  /** Changed since the last commit: null where the row was removed. */
  #changed = new OrderedMap<Row | null>()
  /** Drained, and not in the file yet. */
  #unwritten = new OrderedMap<Row | null>()
  #unwrittenBytes = 0
  readonly #cached: RecentMap<Row>
  #times: StateFileTimes | undefined
  #heads: StateFileHeads | undefined
  #writes = 0

  constructor(options: FileTableOptions, pending: { changed?: PendingRows; unwritten?: PendingRows } = {}) {
    this.#options = options
    this.#cached = new RecentMap({ sizeOf: rowSize, bytesMax: options.cachedBytes })
    for (const [key, row] of pending.changed ?? []) this.#changed.set(key, row)
    for (const [key, row] of pending.unwritten ?? []) this.#unwritten.set(key, row)
  }

  get isEmpty(): boolean {
    for (const _ of this.range('')) return false
    return true
  }

  get(key: string): Row | undefined {
    const changed = this.#changed.get(key)
    const pending = changed === undefined ? this.#unwritten.get(key) : changed
    if (pending !== undefined) return pending ?? undefined
    const cached = this.#cached.get(key)
    if (cached) return cached
    const stored = this.#options.file.get(textBytes(key))
    if (!stored) return undefined
    const row = this.#row(stored)
    this.#cached.set(key, row)
    return row
  }

  put(key: string, row: Row): void {
    this.#changed.set(key, row)
  }

  remove(key: string): void {
    this.#changed.set(key, null)
  }

  range(from: string, to?: string): Iterable<[string, Row]> {
    return this.#walk(from, to, false)
  }

  reverse(from: string, to?: string): Iterable<[string, Row]> {
    return this.#walk(from, to, true)
  }

  drain(changed: (key: string, row: Row | undefined) => void): void {
    for (const [key, row] of this.#changed.entries()) {
      this.#unwritten.set(key, row)
      this.#unwrittenBytes += row ? rowSize(key, row) : key.length
      changed(key, row ?? undefined)
    }
    this.#changed = new OrderedMap()
  }

  get writes(): number {
    return this.#writes
  }

  isPending(key: string): boolean {
    return this.#changed.get(key) !== undefined || this.#unwritten.get(key) !== undefined
  }

  *keysOfTimes(fromEnd: number, from: number, to: number): Generator<string> {
    const end = textBytes(timeText(to))
    let [time, key]: [string, Buffer] = [timeText(from), Buffer.alloc(0)]
    for (;;) {
      const page = this.#byTime(fromEnd).after(textBytes(time), key, end, pageRows)
      for (const bytes of page) yield byteText(bytes)
      if (page.length < pageRows) return
      key = page.at(-1)!
      time = byteText(key).slice(-fromEnd).slice(0, 8)
    }
  }

  lastTime(fromEnd: number): number {
    const last = this.#byTime(fromEnd).last()
    return last ? timeAt(byteText(last), 0) : -1
  }

  greatestSequence(fromEnd: number): number {
    const tail = this.#byTime(fromEnd).greatestTail()
    return tail ? wordAt(byteText(tail), 0) : 0
  }

  dueAfter(row: DueRow | undefined, limit: number): readonly DueRow[] {
    this.#heads ??= this.#options.file.byHead()
    const head = Buffer.alloc(8)
    if (row) head.writeDoubleBE(row.dueAt)
    const found = row ? this.#heads.after(head, textBytes(row.key), limit) : this.#heads.first(limit)
    return found.map(({ head: due, key }) => ({ dueAt: due.readDoubleBE(), key: byteText(key) }))
  }

  #byTime(fromEnd: number): StateFileTimes {
    this.#times ??= this.#options.file.byTime(fromEnd)
    return this.#times
  }

  /** The file is about to get another row there, from elsewhere. */
  forget(key: string): void {
    this.#cached.delete(key)
  }

  /** What was drained since the last write takes in memory, each row as often as it was drained. */
  get unwrittenBytes(): number {
    return this.#unwrittenBytes
  }

  /** What was drained and is not in the file yet. */
  unwritten(): PendingRows {
    return this.#unwritten.range('')
  }

  /** The file holds all that was drained. */
  written(): void {
    this.#writes++
    for (const [key, row] of this.#unwritten.entries()) {
      if (row) this.#cached.set(key, row)
      else this.#cached.delete(key)
    }
    this.#unwritten = new OrderedMap()
    this.#unwrittenBytes = 0
  }

  /** Rows of the file and of memory in one order; what is in memory counts. The table may change meanwhile. */
  *#walk(from: string, to: string | undefined, reverse: boolean): Generator<[string, Row]> {
    let low = from
    let high = to
    for (;;) {
      const page = this.#options.file.range(
        textBytes(low),
        high === undefined ? lastKey : textBytes(high),
        pageRows,
        reverse,
      )
      const isLast = page.length < pageRows
      const edge = isLast ? undefined : byteText(page.at(-1)!.key)
      // What this page covers: up to its last row, both ends as far as the file has been read.
      const [pageLow, pageHigh] = reverse ? [edge ?? low, high] : [low, edge === undefined ? high : `${edge}\0`]
      const keys = new Set(page.map(({ key }) => byteText(key)))
      for (const pending of [this.#unwritten, this.#changed])
        for (const [key] of pending.range(pageLow, pageHigh)) keys.add(key)
      const sorted = [...keys].sort((a, b) => (a < b === reverse ? 1 : -1))
      for (const key of sorted) {
        const row = this.get(key)
        if (row) yield [key, row]
      }
      if (edge === undefined) return
      if (reverse) high = edge
      else low = `${edge}\0`
    }
  }

  #row({ value, timestamp }: StoredRow): Row {
    return { value: this.#options.rows.valueOf(value), timestamp }
  }
}
