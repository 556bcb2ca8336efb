/** The last things of many, in memory that does not grow. */
export class Ring<T> {
  readonly #capacity: number
  readonly #items: T[] = []
  /** Where the next one goes once it is full. */
  #at = 0

  constructor(capacity: number) {
    this.#capacity = Math.max(1, capacity)
  }

  push(item: T): void {
    if (this.#items.length < this.#capacity) this.#items.push(item)
    else {
      this.#items[this.#at] = item
      this.#at = (this.#at + 1) % this.#capacity
    }
  }

  newestFirst(): readonly T[] {
    return this.oldestFirst().toReversed()
  }

  oldestFirst(): readonly T[] {
    return [...this.#items.slice(this.#at), ...this.#items.slice(0, this.#at)]
  }
}
