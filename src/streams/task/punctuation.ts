/** Actions that are due again and again, by stream time or by the wall clock. */
export class Punctuation {
  readonly #actions: { readonly everyMs: number; readonly action: (now: number) => void; due: number }[] = []

  /**
   * The first call is due one interval after `now`. By stream time (`now` below 0: not known yet) it is due with the first
   * record.
   */
  add(everyMs: number, now: number, action: (now: number) => void): void {
    this.#actions.push({ everyMs, action, due: now < 0 ? 0 : now + everyMs })
  }

  get isEmpty(): boolean {
    return this.#actions.length === 0
  }

  /** When something is due next; Infinity without anything. */
  get nextDue(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#actions.map(({ due }) => due))
  }

  /** Calls what is due, once, however many intervals have passed: as Kafka Streams does. Answers whether anything was. */
  punctuate(now: number): boolean {
    let called = false
    for (const entry of this.#actions) {
      if (now < entry.due) continue
      // Stays on the grid that the first call set.
      entry.due += entry.everyMs * (Math.floor((now - entry.due) / entry.everyMs) + 1)
      entry.action(now)
      called = true
    }
    return called
  }
}
