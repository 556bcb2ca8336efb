import type { RowChange, StateFileTable } from '../../storage/key-value.ts'
import { byteText, textBytes } from '../codecs/key-text.ts'
import { FileTable } from './file-table.ts'
import { OrderedMap } from './ordered-map.ts'
import type { RowFormat } from './row-format.ts'
import type { StateMemory } from './state-memory.ts'
import { type Row, rowSize, type StateTable, type TimedRows } from './state-table.ts'

export interface StoredTableOptions {
  readonly name: string
  readonly file: StateFileTable
  readonly rows: RowFormat
  readonly memory: StateMemory
}

/** Rows are read from the file in pages of this many. */
const pageRows = 1024
/** Above every key. */
const lastKey = Buffer.alloc(1024, 255)

/**
 * A table with a file behind it. As long as all tables of the thread fit into the memory that they may take, its rows are all
 * in memory, where a range costs no more than in a map, and the file is only written; once they do not, it goes over to
 * reading from the file what was not used lately. Three states of a row: changed since the last `drain`, drained but not in
 * the file, in the file.
 */
export class StoredTable implements StateTable {
  readonly name: string
  readonly #options: StoredTableOptions
  /** All rows, as long as they fit. */
  #rows: OrderedMap<Row> | undefined = new OrderedMap()
  #paged: FileTable | undefined
  #changed = new Map<string, Row | null>()
  #unwritten = new Map<string, Row | null>()
  /** Keys that neither file nor changelog hold, among the changed ones: what is removed again leaves no trace. */
  #born = new Set<string>()
  /** Keys that the file does not hold, among those that were drained: what is removed again never goes there. */
  readonly #fresh = new Set<string>()
  #bytes = 0

  /** Reads the rows of the file, as far as they fit. */
  constructor(options: StoredTableOptions) {
    this.name = options.name
    this.#options = options
    this.#load()
  }

  get isEmpty(): boolean {
    return this.#rows ? this.#rows.size === 0 : this.#paged!.isEmpty
  }

  /** Whether all rows are in memory. */
  get isResident(): boolean {
    return this.#rows !== undefined
  }

  get timed(): TimedRows | undefined {
    return this.#paged
  }

  get(key: string): Row | undefined {
    return this.#rows ? this.#rows.get(key) : this.#paged!.get(key)
  }

  put(key: string, row: Row): void {
    if (!this.#rows) {
      this.#paged!.put(key, row)
      return
    }
    const before = this.#rows.get(key)
    this.#count(rowSize(key, row) - (before ? rowSize(key, before) : 0))
    if (!before && !this.#changed.has(key) && !this.#unwritten.has(key)) this.#born.add(key)
    this.#rows.set(key, row)
    this.#changed.set(key, row)
  }

  remove(key: string): void {
    if (!this.#rows) {
      this.#paged!.remove(key)
      return
    }
    const before = this.#rows.get(key)
    if (!before) return
    this.#count(-rowSize(key, before))
    this.#rows.delete(key)
    if (this.#born.delete(key)) this.#changed.delete(key)
    else this.#changed.set(key, null)
  }

  range(from: string, to?: string): Iterable<[string, Row]> {
    return this.#rows ? this.#rows.range(from, to) : this.#paged!.range(from, to)
  }

  reverse(from: string, to?: string): Iterable<[string, Row]> {
    return this.#rows ? this.#rows.reverse(from, to) : this.#paged!.reverse(from, to)
  }

  /**
   * Takes over a committed row, or its removal, from a changelog: it only has to be written. With a table that reads from its
   * file, it is seen once it has been.
   */
  restore(key: string, row: Row | null): void {
    this.#unwritten.set(key, row)
    if (!this.#rows) {
      this.#paged!.forget(key)
      return
    }
    const before = this.#rows.get(key)
    this.#count((row ? rowSize(key, row) : 0) - (before ? rowSize(key, before) : 0))
    if (row) this.#rows.set(key, row)
    else this.#rows.delete(key)
  }

  /** Goes over to the file if the tables of the thread hold more than they may. What is restored must have been written. */
  restored(): void {
    if (this.#rows && this.#options.memory.isFull) this.#spill()
  }

  drain(changed: (key: string, row: Row | undefined) => void): void {
    if (!this.#rows) {
      this.#paged!.drain(changed)
      return
    }
    const drained = this.#changed
    this.#changed = new Map()
    for (const key of this.#born) this.#fresh.add(key)
    this.#born = new Set()
    for (const [key, row] of drained) {
      if (row === null && this.#fresh.delete(key)) this.#unwritten.delete(key)
      else this.#unwritten.set(key, row)
      changed(key, row ?? undefined)
    }
    if (this.#options.memory.isFull) this.#spill()
  }

  /** What waits to be written takes so much memory; 0 for a table that is in memory as a whole. */
  get unwrittenBytes(): number {
    return this.#paged?.unwrittenBytes ?? 0
  }

  /** What was drained and is not in the file yet, as the file takes it. */
  *unwritten(): Generator<RowChange> {
    const { name, rows } = this.#options
    // In the order of the file's tree many rows are written much faster than in that of their changes.
    const change = (key: string, row: Row | null): RowChange => ({
      table: name,
      key: textBytes(key),
      row: row ? { value: rows.bytesOf(row.value), timestamp: row.timestamp } : undefined,
    })
    for (const [key, row] of this.#paged?.unwritten() ?? []) yield change(key, row)
    for (const key of [...this.#unwritten.keys()].sort()) yield change(key, this.#unwritten.get(key) ?? null)
  }

  /** The file holds all that was drained. */
  written(): void {
    this.#paged?.written()
    if (this.#unwritten.size === 0) return
    for (const key of this.#unwritten.keys()) this.#fresh.delete(key)
    this.#unwritten = new Map()
  }

  /** Gives the memory back. The table is not used any more. */
  close(): void {
    this.#count(-this.#bytes)
    if (this.#paged) this.#options.memory.pagedTables--
    this.#paged = undefined
    this.#rows = new OrderedMap()
  }

  #load(): void {
    const { file, rows, memory } = this.#options
    let from: Buffer = Buffer.alloc(0)
    for (;;) {
      const page = file.range(from, lastKey, pageRows, false)
      for (const { key, value, timestamp } of page) {
        const text = byteText(key)
        const row = { value: rows.valueOf(value), timestamp }
        this.#count(rowSize(text, row))
        this.#rows!.set(text, row)
      }
      if (page.length < pageRows) return
      if (memory.isFull) {
        this.#spill()
        return
      }
      from = Buffer.concat([page.at(-1)!.key, Buffer.alloc(1)])
    }
  }

  #spill(): void {
    const { file, rows, memory } = this.#options
    memory.pagedTables++
    const cachedBytes = (): number => memory.cachedBytesMax
    this.#paged = new FileTable({ file, rows, cachedBytes }, { changed: this.#changed, unwritten: this.#unwritten })
    this.#rows = undefined
    this.#changed = new Map()
    this.#unwritten = new Map()
    this.#born.clear()
    this.#fresh.clear()
    this.#count(-this.#bytes)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#options.memory.bytes += bytes
  }
}
