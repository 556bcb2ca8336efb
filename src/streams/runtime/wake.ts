import type { Clock } from '../../base/env.ts'

/** Lets a loop sleep until something has happened since it last began to look around. */
export class Wake {
  readonly #clock: Clock
  #woken = false
  #resolve: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Something has happened. */
  up(): void {
    this.#woken = true
    this.#resolve?.()
  }

  /** The loop looks around from here on: what happened before is seen. */
  rest(): void {
    this.#woken = false
  }

  /** Sleeps until something happens, or for so long; not at all for less than nothing. */
  async wait(milliseconds: number): Promise<void> {
    if (this.#woken) return this.breathe()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#resolve = resolve
    const timer = this.#clock.after(Math.max(0, milliseconds), resolve)
    await promise
    timer.cancel()
    this.#resolve = undefined
  }

  /** Lets connections have their turn. */
  breathe(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#clock.soon(resolve)
    return promise
  }
}
