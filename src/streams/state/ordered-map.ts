/** Chunks are split when they hold more keys than this: small enough to insert into, large enough for few of them. */
const chunkMax = 512

/**
 * A map in the order of its keys (by UTF-16 units: for texts of bytes, the order of the bytes). Lookups cost a hash,
 * insertions and removals a binary search and a move within one chunk. May change while it is walked: a walk goes on at
 * the next key that is there then.
 */
export class OrderedMap<V> {
  readonly #values = new Map<string, V>()
  #chunks: string[][] = [[]]
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
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]!
    chunk.splice(lowerBound(chunk, key), 0, key)
    if (chunk.length > chunkMax) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1))
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false
    this.#version++
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]!
    chunk.splice(lowerBound(chunk, key), 1)
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1)
    return true
  }

  /** The first key at or above `from`. */
  first(from = ''): string | undefined {
    const at = this.#chunkOf(from)
    const chunk = this.#chunks[at]!
    const index = lowerBound(chunk, from)
    return index < chunk.length ? chunk[index] : this.#chunks[at + 1]?.[0]
  }

  /** Entries from `from` up to, not including, `to` (without it: to the end). */
  *range(from: string, to?: string): Generator<[string, V]> {
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
    if (limit === undefined) return this.#chunks.at(-1)!.at(-1)
    const at = this.#chunkOf(limit)
    const index = lowerBound(this.#chunks[at]!, limit)
    return index > 0 ? this.#chunks[at]![index - 1] : this.#chunks[at - 1]?.at(-1)
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
