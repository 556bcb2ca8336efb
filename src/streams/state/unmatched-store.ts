import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf, timeAt, timeText, wordAt, wordText } from '../codecs/key-text.ts'
import type { StateTable } from './state-table.ts'

/** Which input of a join a record came from. */
export type Side = 'left' | 'right'

// The right side sorts first, as in Kafka's TimestampedKeyAndJoinSideSerializer.
const sideText: Record<Side, string> = { left: '\u0001', right: '\u0000' }
const sequenceLength = 4

/** A record that has not found its match. `place` names its timestamp, side and key: other values may share it. */
export interface Unmatched {
  readonly place: string
  readonly side: Side
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
}

/** Records of a left or outer join that wait for a match, by timestamp, side and key: Kafka's shared outer-join store. */
export class UnmatchedStore {
  readonly #table: StateTable
  readonly #keys: KeyText
  readonly #values: Record<Side, AnyCodec>
  #sequence = 0

  constructor(table: StateTable, codecs: { key: AnyCodec; left: AnyCodec; right: AnyCodec }) {
    this.#table = table
    this.#keys = keyTextOf(codecs.key)
    this.#values = { left: codecs.left, right: codecs.right }
    for (const [text] of table.range(''))
      this.#sequence = Math.max(this.#sequence, wordAt(text, text.length - sequenceLength))
  }

  get isEmpty(): boolean {
    return this.#table.isEmpty
  }

  put(side: Side, key: unknown, value: unknown, timestamp: number): void {
    this.#sequence = (this.#sequence + 1) & 0x7fff_ffff
    const text = timeText(timestamp) + sideText[side] + this.#keys.write(key) + wordText(this.#sequence)
    this.#table.put(text, { value: this.#values[side].encode(value), timestamp })
  }

  /** Forgets all records of that side, key and timestamp: they have found a match. */
  matched(side: Side, key: unknown, timestamp: number): void {
    if (!this.#table.isEmpty) this.removePlace(timeText(timestamp) + sideText[side] + this.#keys.write(key))
  }

  removePlace(place: string): void {
    const length = place.length + sequenceLength
    for (const [text] of this.#table.range(place, `${place}\u00ff`)) {
      if (text.length === length) this.#table.remove(text)
    }
  }

  /** All records, by timestamp, the right side before the left, then key, then arrival. */
  *all(): Generator<Unmatched> {
    for (const [text, row] of this.#table.range('')) {
      const place = text.slice(0, -sequenceLength)
      const side = place[8] === sideText.left ? 'left' : 'right'
      const codec = this.#values[side]
      const value = (codec.decodeOwn ?? codec.decode)(row.value as Uint8Array)
      yield { place, side, key: this.#keys.read(place.slice(9)), value, timestamp: timeAt(text, 0) }
    }
  }
}
