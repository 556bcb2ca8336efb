import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf, timeAt, timeText } from '../codecs/key-text.ts'
import { type Packing, packingOf } from './packing.ts'
import type { Row, StateTable } from './state-table.ts'
import type { PutResult, Stamped, TableStore } from './store.ts'

/**
 * All versions of each key within a history (KIP-889): Kafka's VersionedKeyValueStore. Keys of rows are the key and the
 * time from which the version is valid; a row of null says that the key was deleted then. The latest version never expires.
 */
export class VersionedStore implements TableStore {
  readonly #table: StateTable
  readonly #keys: KeyText
  readonly #values: Packing
  readonly #historyMs: number
  #observedTime = -1

  constructor(table: StateTable, options: { key: AnyCodec; value: AnyCodec; historyMs: number }) {
    this.#table = table
    this.#keys = keyTextOf(options.key)
    this.#values = packingOf(options.value)
    this.#historyMs = options.historyMs
    for (const [text] of table.range('')) this.#observedTime = Math.max(this.#observedTime, validFrom(text))
  }

  put(key: unknown, value: unknown, timestamp: number): PutResult {
    if (timestamp < this.#observedTime - this.#historyMs) return 'dropped'
    this.#observedTime = Math.max(this.#observedTime, timestamp)
    const prefix = this.#keys.write(key)
    const latest = this.#versionAt(prefix, Number.MAX_SAFE_INTEGER)
    this.#table.put(prefix + timeText(timestamp), {
      value: value === null ? null : this.#values.pack(value),
      timestamp,
    })
    this.#forget(prefix)
    return latest !== undefined && latest.timestamp > timestamp ? 'history' : 'latest'
  }

  get(key: unknown): Stamped | undefined {
    return this.#stamped(this.#versionAt(this.#keys.write(key), Number.MAX_SAFE_INTEGER))
  }

  getAsOf(key: unknown, asOf: number): Stamped | undefined {
    const prefix = this.#keys.write(key)
    if (asOf < this.#observedTime - this.#historyMs) {
      // The history is gone; the latest version is known for ever.
      const latest = this.#versionAt(prefix, Number.MAX_SAFE_INTEGER)
      return latest && latest.timestamp <= asOf ? this.#stamped(latest) : undefined
    }
    return this.#stamped(this.#versionAt(prefix, asOf))
  }

  /** All keys with their latest versions. */
  *all(): Generator<[unknown, Stamped]> {
    let last: [string, Row] | undefined
    for (const entry of this.#table.range('')) {
      if (last && last[0].slice(0, -8) !== entry[0].slice(0, -8)) yield* this.#latest(last)
      last = entry
    }
    if (last) yield* this.#latest(last)
  }

  *#latest([text, row]: [string, Row]): Generator<[unknown, Stamped]> {
    const stamped = this.#stamped(row)
    if (stamped) yield [this.#keys.read(text.slice(0, -8)), stamped]
  }

  /** The newest version that is valid from `time` or earlier. */
  #versionAt(prefix: string, time: number): Row | undefined {
    for (const [text, row] of this.#table.reverse(prefix + timeText(0), `${prefix}${timeText(time)}\0`)) {
      if (text.length === prefix.length + 8 && text.startsWith(prefix)) return row
    }
    return undefined
  }

  /** Removes versions that were replaced before the history starts. */
  #forget(prefix: string): void {
    const historyStart = this.#observedTime - this.#historyMs
    if (historyStart <= 0) return
    const old: string[] = []
    for (const [text] of this.#table.range(prefix + timeText(0), `${prefix}${timeText(historyStart)}\0`)) {
      if (text.length === prefix.length + 8 && text.startsWith(prefix)) old.push(text)
    }
    // The last of these is what is valid at the start of the history.
    for (const text of old.slice(0, -1)) this.#table.remove(text)
  }

  #stamped(row: Row | undefined): Stamped | undefined {
    return row && row.value !== null ? { value: this.#values.unpack(row.value), timestamp: row.timestamp } : undefined
  }
}

function validFrom(text: string): number {
  return timeAt(text, text.length - 8)
}
