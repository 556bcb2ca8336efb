import type { Clock, Timer } from '../../src/base/env.ts'

/** How often a thread has asked for the time once it has looked at all that may be due: before it sleeps, and after. */
const looks = 3

/** The wall clock of a case: it stands still until it is moved, and then every sleep is over. Durations are real. */
export class CaseClock implements Clock {
  readonly #real: Clock
  readonly #sleeping = new Set<() => void>()
  #nowMs = 0
  #looksToCome = 0
  #looked: (() => void) | undefined

  constructor(real: Clock) {
    this.#real = real
  }

  now(): number {
    if (this.#looksToCome > 0 && --this.#looksToCome === 0) this.#looked?.()
    return this.#nowMs
  }

  monotonic(): number {
    return this.#real.monotonic()
  }

  after(delayMs: number, action: () => void): Timer {
    const wake = (): void => {
      timer.cancel()
      this.#sleeping.delete(wake)
      action()
    }
    const timer = this.#real.after(delayMs, wake)
    this.#sleeping.add(wake)
    return {
      cancel: () => {
        timer.cancel()
        this.#sleeping.delete(wake)
      },
    }
  }

  soon(action: () => void): void {
    this.#real.soon(action)
  }

  /** Resolves once the thread that lives by this clock has seen the time. */
  move(nowMs: number): Promise<void> {
    this.#nowMs = nowMs
    this.#looksToCome = looks
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#looked = resolve
    for (const wake of [...this.#sleeping]) wake()
    return promise
  }
}
