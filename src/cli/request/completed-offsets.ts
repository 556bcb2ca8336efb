/**
 * How far a partition is done when its records are worked on side by side: up to the first that is not. What is committed
 * then loses no record, and repeats only those that were done ahead of their turn.
 */
export class CompletedOffsets {
  /** Begun and not done, in order. */
  readonly #open = new Set<number>()
  #next: number | undefined

  begin(offset: number): void {
    this.#open.add(offset)
    this.#next = offset + 1
  }

  done(offset: number): void {
    this.#open.delete(offset)
  }

  /** The offset to commit; undefined before the first record. */
  get committable(): number | undefined {
    for (const offset of this.#open) return offset
    return this.#next
  }
}
