/**
 * A map that keeps what was used last: at least half as many entries as it may hold, at most all. Two generations instead of
 * one order: taking the oldest out of a JavaScript Map costs a walk over all that were taken out before.
 */
export class RecentMap<V> {
  readonly #generationSize: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  constructor(entriesMax: number) {
    this.#generationSize = Math.max(1, Math.floor(entriesMax / 2))
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: V): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#generationSize) return
    this.#old = this.#young
    this.#young = new Map()
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
