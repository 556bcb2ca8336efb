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

  /** The last ones, oldest first, without a look at the others. */
  last(count: number): readonly T[] {
    const size = this.#items.length
    const wanted = Math.max(0, Math.min(count, size))
    return Array.from({ length: wanted }, (_, at) => this.#items[(this.#at + size - wanted + at) % size]!)
  }

  oldestFirst(): readonly T[] {
    return [...this.#items.slice(this.#at), ...this.#items.slice(0, this.#at)]
  }
}
