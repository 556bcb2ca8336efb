import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf, timeAt, timeText, wordAt, wordText } from '../codecs/key-text.ts'
import type { StateTable } from './state-table.ts'

/** Where a record came from: restored when it goes on. */
export interface Origin {
  partition: number
  offset: number
}

/**
 * Records of a stream that wait for a time, in the order of their timestamps, then keys, then arrival: what Kafka's
 * RocksDBTimeOrderedKeyValueBuffer does for joins with a grace. Keys of rows: timestamp, key, sequence; values begin with
 * the partition and the offset that the record came from.
 */
export class JoinBuffer {
  readonly #table: StateTable
  readonly #keys: KeyText
  readonly #value: AnyCodec
  #sequence = 0

  constructor(table: StateTable, codecs: { readonly key: AnyCodec; readonly value: AnyCodec }) {
    this.#table = table
    this.#keys = keyTextOf(codecs.key)
    this.#value = codecs.value
    for (const [text] of table.range('')) this.#sequence = Math.max(this.#sequence, wordAt(text, text.length - 4))
  }

  put(key: unknown, value: unknown, timestamp: number, { partition, offset }: Origin): void {
    this.#sequence = (this.#sequence + 1) & 0x7fff_ffff
    const head = Buffer.from(timeText(partition) + timeText(offset), 'latin1')
    const bytes = Buffer.concat([head, this.#value.encode(value)])
    const text = timeText(timestamp) + this.#keys.write(key) + wordText(this.#sequence)
    this.#table.put(text, { value: bytes, timestamp })
  }

  /** Takes out all records with timestamps up to `time`, with the origin set to where each came from. */
  shiftUntil(time: number, origin: Origin, action: (key: unknown, value: unknown, timestamp: number) => void): void {
    if (time < 0) return
    const { partition, offset } = origin
    for (const [text, row] of this.#table.range('', timeText(time + 1))) {
      this.#table.remove(text)
      const bytes = row.value as Buffer
      const head = bytes.toString('latin1', 0, 16)
      origin.partition = timeAt(head, 0)
      origin.offset = timeAt(head, 8)
      const value = (this.#value.decodeOwn ?? this.#value.decode)(bytes.subarray(16))
      action(this.#keys.read(text.slice(8, -4)), value, row.timestamp)
    }
    origin.partition = partition
    origin.offset = offset
  }
}
