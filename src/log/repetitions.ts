interface Repetition {
  readonly lastOffset: number
  readonly done: () => void
}

/** Producers that sent a batch again before its first copy was durable: they get their answer when that is. */
export class Repetitions {
  #waiting: Repetition[] = []

  /** Calls `done` once everything up to `lastOffset` is durable. */
  wait(lastOffset: number, done: () => void): void {
    this.#waiting.push({ lastOffset, done })
  }

  /** Everything below `endOffset` is durable now. Returns how many still wait. */
  settle(endOffset: number): number {
    const durable = this.#waiting.filter(({ lastOffset }) => lastOffset < endOffset)
    this.#waiting = this.#waiting.filter(({ lastOffset }) => lastOffset >= endOffset)
    for (const { done } of durable) done()
    return this.#waiting.length
  }
}
