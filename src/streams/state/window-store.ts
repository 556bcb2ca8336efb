import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf, timeAt, timeText, wordAt, wordText } from '../codecs/key-text.ts'
import { type Packing, packingOf } from './packing.ts'
import type { Row, StateTable } from './state-table.ts'
import type { Stamped, WindowEntry } from './store.ts'
import { TimeBuckets } from './time-buckets.ts'

export interface WindowStoreOptions {
  readonly key: AnyCodec
  readonly value: AnyCodec
  /** What starts this long, or longer, before the greatest start put so far is gone. */
  readonly retentionMs: number
  /** Keeps every value of one key and start, in the order of arrival: for joins. */
  readonly duplicates: boolean
}

/** The start of the window and the sequence end a key. */
const timeFromEnd = 12
const firstSequence = '\0\0\0\0'
const lastSequence = '\u00ff\u00ff\u00ff\u00ff\u00ff'

/**
 * Values by key and start of a window: Kafka's WindowStore. Keys of rows are the key, the start in eight bytes, a sequence
 * in four, as in Kafka's changelogs. A read never sees what expired, whether or not it has been removed yet.
 */
export class WindowStore {
  readonly #table: StateTable
  readonly #keys: KeyText
  readonly #values: Packing
  readonly #retentionMs: number
  readonly #duplicates: boolean
  readonly #buckets: TimeBuckets
  #sequence: number
  #observedTime: number

  constructor(table: StateTable, options: WindowStoreOptions) {
    this.#table = table
    this.#keys = keyTextOf(options.key)
    this.#values = packingOf(options.value)
    this.#retentionMs = options.retentionMs
    this.#duplicates = options.duplicates
    const placing = { retentionMs: options.retentionMs, timeFromEnd }
    this.#sequence = (options.duplicates ? table.timed?.greatestSequence(timeFromEnd) : undefined) ?? 0
    this.#buckets = new TimeBuckets(table, placing, text => {
      if (this.#duplicates) this.#sequence = Math.max(this.#sequence, wordAt(text, text.length - 4))
    })
    this.#observedTime = this.#buckets.firstLastTime
  }

  /** Sets the value of a window; null removes it. `start` in milliseconds. */
  put(key: unknown, start: number, value: unknown, timestamp: number): void {
    if (start > this.#observedTime) {
      this.#observedTime = start
      this.#buckets.expire(start - this.#retentionMs + 1)
    }
    if (start <= this.#observedTime - this.#retentionMs) return
    if (this.#duplicates) {
      if (value === null) return
      this.#sequence = (this.#sequence + 1) & 0x7fff_ffff
    }
    const sequence = this.#duplicates ? wordText(this.#sequence) : firstSequence
    const text = this.#keys.write(key) + timeText(start) + sequence
    if (value === null) {
      this.#table.remove(text)
      return
    }
    if (this.#duplicates || this.#table.get(text) === undefined) this.#buckets.add(start, text)
    this.#table.put(text, { value: this.#values.pack(value), timestamp })
  }

  get(key: unknown, start: number): Stamped | undefined {
    if (start <= this.#observedTime - this.#retentionMs) return undefined
    const row = this.#table.get(this.#keys.write(key) + timeText(start) + firstSequence)
    return row === undefined || typeof row.value !== 'object' ? row : this.#stamped(row)
  }

  /** The windows of one key that start from `from` to `to`, both included, by start, then arrival. */
  fetch(key: unknown, from: number, to: number): WindowEntry[] {
    return [...this.#ofKey(key, from, to, (first, end) => this.#table.range(first, end))]
  }

  /** As `fetch`, the last first. */
  fetchBackward(key: unknown, from: number, to: number): Iterable<WindowEntry> {
    return this.#ofKey(key, from, to, (first, end) => this.#table.reverse(first, end))
  }

  /** The windows of all keys that start from `from` to `to`, both included, by start, then key. */
  fetchAll(from: number, to: number): WindowEntry[] {
    const first = this.#firstVisible(from)
    const found = new Set<string>()
    for (const text of this.#buckets.touching(first, to)) {
      const start = startOf(text)
      if (start >= first && start <= to) found.add(text)
    }
    return [...found]
      .sort((a, b) => startOf(a) - startOf(b) || (a < b ? -1 : 1))
      .flatMap(text => {
        const row = this.#table.get(text)
        return row ? [this.#entry(this.#keys.read(text.slice(0, -12)), text, row)] : []
      })
  }

  /** All windows that have not expired, by key, then start. */
  *all(): Generator<WindowEntry> {
    const first = this.#firstVisible(0)
    for (const [text, row] of this.#table.range('')) {
      if (startOf(text) >= first) yield this.#entry(this.#keys.read(text.slice(0, -12)), text, row)
    }
  }

  *#ofKey(
    key: unknown,
    from: number,
    to: number,
    walk: (from: string, to: string) => Iterable<[string, Row]>,
  ): Generator<WindowEntry> {
    const first = this.#firstVisible(from)
    if (to < first) return
    const prefix = this.#keys.write(key)
    // Other keys that go on with the bytes of a time lie between: their texts are longer.
    const length = prefix.length + 12
    for (const [text, row] of walk(prefix + timeText(first) + firstSequence, prefix + timeText(to) + lastSequence)) {
      if (text.length === length && text.startsWith(prefix)) yield this.#entry(key, text, row)
    }
  }

  #firstVisible(from: number): number {
    return Math.max(0, from, this.#observedTime - this.#retentionMs + 1)
  }

  #entry(key: unknown, text: string, row: Row): WindowEntry {
    const start = startOf(text)
    return { key, start, end: start, value: this.#values.unpack(row.value), timestamp: row.timestamp }
  }

  #stamped(row: Row): Stamped {
    return { value: this.#values.unpack(row.value), timestamp: row.timestamp }
  }
}

function startOf(text: string): number {
  return timeAt(text, text.length - timeFromEnd)
}
