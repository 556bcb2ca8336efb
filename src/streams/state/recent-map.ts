export interface RecentMapOptions<V> {
  /** What an entry takes in memory. */
  readonly sizeOf: (key: string, value: V) => number
  /** What all may take together; may change. */
  readonly bytesMax: () => number
}

/**
 * A map that keeps what was used last, as far as it fits. Two generations instead of one order: taking the oldest out of a
 * JavaScript Map costs a walk over all that were taken out before.
 */
export class RecentMap<V> {
  readonly #options: RecentMapOptions<V>
  #young = new Map<string, V>()
  #old = new Map<string, V>()
  /** All that was put into the young generation, also twice. */
  #youngBytes = 0

  constructor(options: RecentMapOptions<V>) {
    this.#options = options
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: V): void {
    const { sizeOf, bytesMax } = this.#options
    this.#young.set(key, value)
    this.#youngBytes += sizeOf(key, value)
    if (this.#youngBytes < bytesMax() / 2) return
    this.#old = this.#young
    this.#young = new Map()
    this.#youngBytes = 0
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
