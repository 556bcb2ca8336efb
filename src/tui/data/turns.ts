import type { Env } from '../../base/env.ts'

/** Work goes on for so long before keys and frames get their turn: a key is to be answered within 50 ms. */
const turnMs = 8

/** Lets others have their turn in the middle of long work. */
export class Turns {
  readonly #env: Env
  #startMs: number

  constructor(env: Env) {
    this.#env = env
    this.#startMs = env.clock.monotonic()
  }

  /** A new piece of work begins. */
  begin(): void {
    this.#startMs = this.#env.clock.monotonic()
  }

  /** To be waited for where it is given: enough was done at once. */
  next(): Promise<void> | undefined {
    if (this.#env.clock.monotonic() - this.#startMs < turnMs) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#env.clock.soon(() => {
      this.begin()
      resolve()
    })
    return promise
  }
}
