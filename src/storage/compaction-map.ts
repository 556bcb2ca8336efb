import { hash } from 'node:crypto'

/** A slot holds 16 bytes that stand for the key, and its offset: as much as Kafka's (`log.cleaner.dedupe.buffer.size`). */
const slotBytes = 24
const wordsPerKey = 4
const firstSlots = 16 * 1024
/** Beyond this share of full slots, looking for a free one takes long. */
const loadMax = 0.75
/** Shorter keys stand for themselves. */
const shortKeyBytes = 15
const isHashed = 0xff

/**
 * The last offset of each key, in a table that grows up to a bound. Keys of more than 15 bytes stand there by 15 bytes of
 * their MD5 hash (Kafka takes all 16, for every key), so two keys that are one here are not to be expected.
 */
export class KeyOffsets {
  readonly #slotsMax: number
  #words: Uint32Array
  /** The offset plus one; 0 in a free slot. */
  #offsets: Float64Array
  #count = 0
  readonly #key = Buffer.alloc(wordsPerKey * 4)
  readonly #keyWords = new Uint32Array(this.#key.buffer, this.#key.byteOffset, wordsPerKey)

  constructor(bytesMax: number) {
    this.#slotsMax = powerOfTwoUpTo(bytesMax / slotBytes)
    const slots = Math.min(firstSlots, this.#slotsMax)
    this.#words = new Uint32Array(slots * wordsPerKey)
    this.#offsets = new Float64Array(slots)
  }

  /** Keys that it holds. */
  get count(): number {
    return this.#count
  }

  /**
   * Remembers that the key of `bytes` bytes at `start` has its last record at `offset`. False, and nothing is remembered, if
   * the table is full. Offsets come in rising order.
   */
  set(buffer: Buffer, start: number, bytes: number, offset: number): boolean {
    const slot = this.#slotOf(buffer, start, bytes)
    if (this.#offsets[slot] === 0) {
      if (this.#count + 1 > this.#offsets.length * loadMax) {
        if (this.#offsets.length >= this.#slotsMax) return false
        this.#grow()
        return this.set(buffer, start, bytes, offset)
      }
      this.#words.set(this.#keyWords, slot * wordsPerKey)
      this.#count++
    }
    this.#offsets[slot] = offset + 1
    return true
  }

  /** The last offset of a key; -1 if it was never set. */
  get(buffer: Buffer, start: number, bytes: number): number {
    return (this.#offsets[this.#slotOf(buffer, start, bytes)] ?? 0) - 1
  }

  /** The slot of the key, or the free one where it belongs. */
  #slotOf(buffer: Buffer, start: number, bytes: number): number {
    const key = this.#key
    if (bytes <= shortKeyBytes) {
      key.fill(0)
      key[0] = bytes
      buffer.copy(key, 1, start, start + bytes)
    } else {
      key.write(hash('md5', buffer.subarray(start, start + bytes), 'latin1'), 0, 'latin1')
      key[0] = isHashed
    }
    return find(this.#keyWords, 0, this.#words, this.#offsets)
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2)
    const offsets = new Float64Array(this.#offsets.length * 2)
    for (let slot = 0; slot < this.#offsets.length; slot++) {
      const offset = this.#offsets[slot] ?? 0
      if (offset === 0) continue
      const from = slot * wordsPerKey
      const to = find(this.#words, from, words, offsets)
      words.set(this.#words.subarray(from, from + wordsPerKey), to * wordsPerKey)
      offsets[to] = offset
    }
    this.#words = words
    this.#offsets = offsets
  }
}

/** The slot among `words` that holds the key at `keyAt` of `keyWords`, or the first free one from where it belongs. */
function find(keyWords: Uint32Array, keyAt: number, words: Uint32Array, offsets: Float64Array): number {
  const mask = offsets.length - 1
  const first = keyWords[keyAt] ?? 0
  const second = keyWords[keyAt + 1] ?? 0
  const third = keyWords[keyAt + 2] ?? 0
  const fourth = keyWords[keyAt + 3] ?? 0
  for (let slot = mixed(first, second, third, fourth) & mask; ; slot = (slot + 1) & mask) {
    if (offsets[slot] === 0) return slot
    const at = slot * wordsPerKey
    if (words[at] === first && words[at + 1] === second && words[at + 2] === third && words[at + 3] === fourth) {
      return slot
    }
  }
}

/** Spreads keys that differ in a few bits (multiplications and shifts of MurmurHash3's finalizer, which is public domain). */
function mixed(first: number, second: number, third: number, fourth: number): number {
  let hashed = 0
  for (const word of [first, second, third, fourth]) {
    hashed ^= word
    hashed = Math.imul(hashed ^ (hashed >>> 16), 0x85eb_ca6b)
    hashed = Math.imul(hashed ^ (hashed >>> 13), 0xc2b2_ae35)
    hashed ^= hashed >>> 16
  }
  return hashed
}

function powerOfTwoUpTo(limit: number): number {
  return 2 ** Math.max(1, Math.floor(Math.log2(limit)))
}
