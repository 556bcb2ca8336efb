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

  /** Calls what is due, once, however many intervals have passed: as Kafka Streams does. */
  punctuate(now: number): void {
    for (const entry of this.#actions) {
      if (now < entry.due) continue
      // Stays on the grid that the first call set.
      entry.due += entry.everyMs * (Math.floor((now - entry.due) / entry.everyMs) + 1)
      entry.action(now)
    }
  }
}
