import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf } from '../codecs/key-text.ts'
import { type Packing, packingOf } from './packing.ts'
import type { StateTable } from './state-table.ts'
import type { PutResult, Stamped, TableStore } from './store.ts'

/** The last value of each key, with its timestamp: Kafka's TimestampedKeyValueStore. An older timestamp still wins. */
export class KeyValueStore implements TableStore {
  readonly #table: StateTable
  readonly #keys: KeyText
  readonly #values: Packing

  constructor(table: StateTable, codecs: { readonly key: AnyCodec; readonly value: AnyCodec }) {
    this.#table = table
    this.#keys = keyTextOf(codecs.key)
    this.#values = packingOf(codecs.value)
  }

  get(key: unknown): Stamped | undefined {
    const row = this.#table.get(this.#keys.write(key))
    if (row === undefined || typeof row.value !== 'object') return row
    return { value: this.#values.unpack(row.value), timestamp: row.timestamp }
  }

  put(key: unknown, value: unknown, timestamp: number): PutResult {
    const text = this.#keys.write(key)
    if (value === null) this.#table.remove(text)
    else this.#table.put(text, { value: this.#values.pack(value), timestamp })
    return 'latest'
  }

  /** Keys from `from` to `to`, both included, in the order of their bytes; without them all. */
  *range(from?: unknown, to?: unknown): Generator<[unknown, Stamped]> {
    const first = from === undefined ? '' : this.#keys.write(from)
    const last = to === undefined ? undefined : this.#keys.write(to)
    for (const [text, row] of this.#table.range(first)) {
      if (last !== undefined && text > last) return
      yield [this.#keys.read(text), { value: this.#values.unpack(row.value), timestamp: row.timestamp }]
    }
  }
}
