import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf, timeAt, timeText } from '../codecs/key-text.ts'
import type { Window } from '../codecs/windowed.ts'
import { type Packing, packingOf } from './packing.ts'
import type { StateTable } from './state-table.ts'
import type { WindowEntry } from './store.ts'
import { TimeBuckets } from './time-buckets.ts'

/**
 * Values by key and session, whose bounds are both included: Kafka's SessionStore. Keys of rows are the key, the end, the
 * start. Sessions that end `retentionMs` or more before the greatest end put so far are gone.
 */
export class SessionStore {
  readonly #table: StateTable
  readonly #keys: KeyText
  readonly #values: Packing
  readonly #retentionMs: number
  readonly #buckets: TimeBuckets
  #observedTime: number

  constructor(table: StateTable, options: { key: AnyCodec; value: AnyCodec; retentionMs: number }) {
    this.#table = table
    this.#keys = keyTextOf(options.key)
    this.#values = packingOf(options.value)
    this.#retentionMs = options.retentionMs
    this.#buckets = new TimeBuckets(table, { retentionMs: options.retentionMs, timeFromEnd: 16 })
    this.#observedTime = this.#buckets.firstLastTime
  }

  put(key: unknown, session: Window, value: unknown): void {
    if (session.end > this.#observedTime) {
      this.#observedTime = session.end
      this.#buckets.expire(session.end - this.#retentionMs + 1)
    }
    if (session.end <= this.#observedTime - this.#retentionMs) return
    const text = this.#text(key, session)
    if (value === null) {
      this.#table.remove(text)
      return
    }
    if (this.#table.get(text) === undefined) this.#buckets.add(session.end, text)
    this.#table.put(text, { value: this.#values.pack(value), timestamp: session.end })
  }

  get(key: unknown, session: Window): unknown {
    if (session.end <= this.#observedTime - this.#retentionMs) return undefined
    const row = this.#table.get(this.#text(key, session))
    return row && this.#values.unpack(row.value)
  }

  /** The sessions of one key that end at `earliestEnd` or later and start at `latestStart` or earlier, by end, then start. */
  find(key: unknown, earliestEnd: number, latestStart: number): WindowEntry[] {
    const prefix = this.#keys.write(key)
    const first = this.#firstVisible(earliestEnd)
    const length = prefix.length + 16
    const found: WindowEntry[] = []
    for (const [text, row] of this.#table.range(prefix + timeText(first), `${prefix}\u00ff`)) {
      if (text.length !== length || !text.startsWith(prefix) || startOf(text) > latestStart) continue
      found.push(this.#entry(key, text, row.value))
    }
    return found
  }

  /** The sessions of all keys that end from `from` to `to`, both included, by end, then key, then start. */
  findEnded(from: number, to: number): WindowEntry[] {
    const first = this.#firstVisible(from)
    const found = new Set<string>()
    for (const text of this.#buckets.touching(first, to)) {
      if (endOf(text) >= first && endOf(text) <= to) found.add(text)
    }
    return [...found]
      .sort((a, b) => endOf(a) - endOf(b) || (a < b ? -1 : 1))
      .flatMap(text => {
        const row = this.#table.get(text)
        return row ? [this.#entry(this.#keys.read(text.slice(0, -16)), text, row.value)] : []
      })
  }

  /** All sessions that have not expired, by key, then end. */
  *all(): Generator<WindowEntry> {
    const first = this.#firstVisible(0)
    for (const [text, row] of this.#table.range('')) {
      if (endOf(text) >= first) yield this.#entry(this.#keys.read(text.slice(0, -16)), text, row.value)
    }
  }

  #text(key: unknown, session: Window): string {
    return this.#keys.write(key) + timeText(session.end) + timeText(session.start)
  }

  #firstVisible(end: number): number {
    return Math.max(0, end, this.#observedTime - this.#retentionMs + 1)
  }

  #entry(key: unknown, text: string, packed: unknown): WindowEntry {
    const end = endOf(text)
    return { key, start: startOf(text), end, value: this.#values.unpack(packed), timestamp: end }
  }
}

function endOf(text: string): number {
  return timeAt(text, text.length - 16)
}

function startOf(text: string): number {
  return timeAt(text, text.length - 8)
}
