/** Lets work that must not overlap run one after the other, in the order in which it was asked for. */
export class OneAtATime {
  #last: Promise<void> | undefined

  /** Starts `work` when all that came before has ended, well or not; at once if nothing is under way. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    this.#last = ended
    try {
      if (before) await before
      return await work()
    } finally {
      if (this.#last === ended) this.#last = undefined
      resolve()
    }
  }
}
