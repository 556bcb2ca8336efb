import type { AnyCodec } from '../codecs/codec.ts'
import { type KeyText, keyTextOf } from '../codecs/key-text.ts'
import { DueOrder } from './due-order.ts'
import type { StateTable } from './state-table.ts'

/** A record that waits: where it came from, its times and up to three values, each packed or null. */
export interface Buffered {
  readonly keyText: string
  /** When it is due, in milliseconds of stream time. */
  readonly dueAt: number
  readonly timestamp: number
  readonly newValue: unknown
  readonly oldValue: unknown
  /** The value before the first update that waits. */
  readonly priorValue: unknown
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** What Kafka counts for each record besides its key, its values and the name of its topic: the due time, and the origin. */
const timeBytes = 8
const originBytes = 8 + 8 + 4

/**
 * Records in the order of their due time, then of their serialized keys: Kafka's TimeOrderedKeyValueBuffer. An update of a
 * key that waits takes its place, and does not wait longer.
 */
export class TimeOrderedBuffer {
  readonly #table: StateTable
  readonly #keys: KeyText
  readonly #value: AnyCodec
  readonly #order: DueOrder
  #records = 0
  #bytes = 0

  constructor(table: StateTable, codecs: { readonly key: AnyCodec; readonly value: AnyCodec }) {
    this.#table = table
    this.#keys = keyTextOf(codecs.key)
    this.#value = codecs.value
    this.#order = new DueOrder(table, keyText => dueOf(table.get(keyText)?.value as Buffer | undefined))
    for (const [text, row] of table.range('')) {
      const record = bufferedOf(text, row.value as Buffer)
      if (!table.timed || table.timed.isPending(text)) this.#order.add(record.dueAt, text)
      this.#records++
      this.#bytes += sizeOf(record)
    }
  }

  get records(): number {
    return this.#records
  }

  /** What the records take, as Kafka counts it for `maxBytes`. */
  get bytes(): number {
    return this.#bytes
  }

  /** The due time of the first record, Infinity without one. */
  get firstDueAt(): number {
    return this.#order.first()?.dueAt ?? Number.POSITIVE_INFINITY
  }

  put(
    key: unknown,
    dueAt: number,
    update: {
      newValue: unknown
      oldValue: unknown
      timestamp: number
      topic: string
      partition: number
      offset: number
    },
  ): void {
    const keyText = this.#keys.write(key)
    const before = this.#waiting(keyText)
    const oldValue = this.#packed(update.oldValue)
    const buffered: Buffered = {
      ...update,
      keyText,
      dueAt: before?.dueAt ?? dueAt,
      newValue: this.#packed(update.newValue),
      oldValue,
      priorValue: before ? before.priorValue : oldValue,
    }
    // An update keeps the place of what it replaces.
    if (before) this.#bytes -= sizeOf(before)
    else {
      this.#order.add(buffered.dueAt, keyText)
      this.#records++
    }
    this.#bytes += sizeOf(buffered)
    this.#table.put(keyText, { value: bytesOfBuffered(buffered), timestamp: update.timestamp })
  }

  /** Takes out the first record. */
  shift(): { key: unknown; newValue: unknown; oldValue: unknown; record: Buffered } | undefined {
    const first = this.#order.first()
    if (first === undefined) return undefined
    const record = this.#waiting(first.key)!
    this.#order.remove(first.dueAt, first.key)
    this.#records--
    this.#bytes -= sizeOf(record)
    this.#table.remove(record.keyText)
    return {
      key: this.#keys.read(record.keyText),
      newValue: this.#unpacked(record.newValue),
      oldValue: this.#unpacked(record.oldValue),
      record,
    }
  }

  /** Whether an update of this key waits. */
  has(key: unknown): boolean {
    return this.#table.get(this.#keys.write(key)) !== undefined
  }

  /** The value that the key had before the first update that waits. */
  prior(key: unknown): unknown {
    const record = this.#waiting(this.#keys.write(key))
    return record ? this.#unpacked(record.priorValue) : null
  }

  #waiting(keyText: string): Buffered | undefined {
    const row = this.#table.get(keyText)
    return row && bufferedOf(keyText, row.value as Buffer)
  }

  #packed(value: unknown): Uint8Array | null {
    return value === null ? null : this.#value.encode(value)
  }

  #unpacked(packed: unknown): unknown {
    return packed === null ? null : (this.#value.decodeOwn ?? this.#value.decode)(packed as Uint8Array)
  }
}

/** What the bytes of a record begin with: the file has an index of it. */
function dueOf(bytes: Buffer | undefined): number | undefined {
  return bytes?.readDoubleBE(0)
}

// Kafka counts the parts of a buffered value once each, a prior value that equals the old one with it, and a null as nothing.
function sizeOf(record: Buffered): number {
  const values = [record.priorValue, record.oldValue, record.newValue] as (Uint8Array | null)[]
  const [prior, old] = values
  const isShared = prior === old || (prior && old && Buffer.compare(prior, old) === 0)
  const shared = isShared ? values.slice(1) : values
  return (
    timeBytes +
    record.keyText.length +
    originBytes +
    record.topic.length +
    shared.reduce((sum, value) => sum + (value?.length ?? 0), 0)
  )
}

/** Four numbers in eight bytes each, then three times a length (-1: null) and the value, then the topic. */
function bytesOfBuffered(record: Buffered): Buffer {
  const head = Buffer.alloc(32)
  const numbers = [record.dueAt, record.timestamp, record.partition, record.offset]
  numbers.forEach((number, at) => {
    head.writeDoubleBE(number, at * 8)
  })
  const parts = [record.newValue, record.oldValue, record.priorValue].flatMap(value => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(value === null ? -1 : (value as Uint8Array).length)
    return value === null ? [length] : [length, value as Uint8Array]
  })
  return Buffer.concat([head, ...parts, Buffer.from(record.topic)])
}

function bufferedOf(keyText: string, bytes: Buffer): Buffered {
  const number = (at: number): number => bytes.readDoubleBE(at * 8)
  let at = 32
  const next = (): Buffer | null => {
    const length = bytes.readInt32BE(at)
    at += 4
    if (length < 0) return null
    at += length
    return bytes.subarray(at - length, at)
  }
  const [newValue, oldValue, priorValue] = [next(), next(), next()]
  return {
    keyText,
    dueAt: number(0),
    timestamp: number(1),
    partition: number(2),
    offset: number(3),
    newValue,
    oldValue,
    priorValue,
    topic: bytes.toString('utf8', at),
  }
}
