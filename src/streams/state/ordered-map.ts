/** Chunks are split when they hold more keys than this: small enough to insert into, large enough for few of them. */
const chunkMax = 512
/** How full chunks are that many keys are put into at once: there is room for more. */
const chunkFilled = chunkMax / 2

/** From so many keys on that came at once, all are sorted together, if they are a good part of all. */
const looseFrom = { keys: 64, share: 1 / 8 } as const

/**
 * A map in the order of its keys (by UTF-16 units: for texts of bytes, the order of the bytes). Lookups and insertions cost a
 * hash. New keys find their places when the order is asked for next, by a binary search and a move within one chunk each, or
 * all by one sort where they are many: who fills a map, or never asks, does not pay for the order. May change while it is
 * walked: a walk goes on at the next key that is there then.
 */
export class OrderedMap<V> {
  readonly #values = new Map<string, V>()
  #chunks: string[][] = [[]]
  /** Keys that are in no chunk yet. */
  #loose: string[] = []
  /** Rises with every key that comes or goes. */
  #version = 0

  get size(): number {
    return this.#values.size
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: V): void {
    const before = this.#values.size
    this.#values.set(key, value)
    if (this.#values.size === before) return
    this.#version++
    this.#loose.push(key)
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false
    this.#version++
    this.#sortIn()
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]!
    chunk.splice(lowerBound(chunk, key), 1)
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1)
    return true
  }

  /** All entries, in no order. */
  entries(): Iterable<[string, V]> {
    return this.#values
  }

  /** The first key at or above `from`. */
  first(from = ''): string | undefined {
    this.#sortIn()
    const at = this.#chunkOf(from)
    const chunk = this.#chunks[at]!
    const index = lowerBound(chunk, from)
    return index < chunk.length ? chunk[index] : this.#chunks[at + 1]?.[0]
  }

  /** Entries from `from` up to, not including, `to` (without it: to the end). */
  *range(from: string, to?: string): Generator<[string, V]> {
    this.#sortIn()
    let at = this.#chunkOf(from)
    let index = lowerBound(this.#chunks[at]!, from)
    let version = this.#version
    for (;;) {
      const chunk = this.#chunks[at]
      if (!chunk) return
      if (index >= chunk.length) {
        at++
        index = 0
        continue
      }
      const key = chunk[index]!
      if (to !== undefined && key >= to) return
      yield [key, this.#values.get(key)!]
      if (version === this.#version) index++
      else {
        this.#sortIn()
        version = this.#version
        at = this.#chunkOf(key)
        index = lowerBound(this.#chunks[at]!, key)
        if (this.#chunks[at]![index] === key) index++
      }
    }
  }

  /** The entries of `range` from the last to the first. */
  *reverse(from: string, to?: string): Generator<[string, V]> {
    let key = this.#below(to)
    while (key !== undefined && key >= from) {
      const value = this.#values.get(key)
      if (value !== undefined) yield [key, value]
      key = this.#below(key)
    }
  }

  /** The last key below `limit` (without it: the last of all). */
  #below(limit: string | undefined): string | undefined {
    this.#sortIn()
    if (limit === undefined) return this.#chunks.at(-1)!.at(-1)
    const at = this.#chunkOf(limit)
    const index = lowerBound(this.#chunks[at]!, limit)
    return index > 0 ? this.#chunks[at]![index - 1] : this.#chunks[at - 1]?.at(-1)
  }

  /** Brings the keys that have come since the order was last asked for to their places. */
  #sortIn(): void {
    const loose = this.#loose
    if (loose.length === 0) return
    if (loose.length >= looseFrom.keys && loose.length >= this.#values.size * looseFrom.share) {
      const keys = this.#chunks.flat().concat(loose).sort()
      this.#chunks = []
      for (let at = 0; at < keys.length; at += chunkFilled) this.#chunks.push(keys.slice(at, at + chunkFilled))
    } else for (const key of loose) this.#insert(key)
    this.#loose = []
  }

  #insert(key: string): void {
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]!
    chunk.splice(lowerBound(chunk, key), 0, key)
    if (chunk.length > chunkMax) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1))
  }

  /** The index of the chunk in which `key` is or belongs. */
  #chunkOf(key: string): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#chunks[middle]![0]! <= key) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** The index of the first of the sorted keys that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  // Keys mostly arrive in order.
  if (keys.length === 0 || keys[keys.length - 1]! < key) return keys.length
  let low = 0
  let high = keys.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
