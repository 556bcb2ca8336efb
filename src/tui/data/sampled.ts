import type { Env } from '../../base/env.ts'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { RequestError } from '../../client/failures.ts'

/** Of the time, a question to the brokers takes no more than this share: what costs much is asked rarely. */
const dutyMax = 0.05
/** A refusal is no better a second later. */
const refusedMs = 30_000

export interface SampledOptions<T> {
  readonly env: Env
  /** The least time between two questions. */
  readonly leastMs: number
  readonly ask: () => Promise<T>
}

/**
 * Something that the brokers are asked for again and again: at most every `leastMs`, and so seldom that the answers take at
 * most a twentieth of the time, however large the cluster is. Whoever comes in between gets the last answer.
 */
export class Sampled<T> {
  readonly #options: SampledOptions<T>
  #value: T | undefined
  #refusal: string | null = null
  #dueMs = Number.NEGATIVE_INFINITY
  #pending: Promise<T | undefined> | undefined

  constructor(options: SampledOptions<T>) {
    this.#options = options
  }

  /** The last answer. */
  get value(): T | undefined {
    return this.#value
  }

  /** As `fresh`, for what a screen is nothing without. Throws `OperatorError` with what the brokers said where they refuse. */
  async required(): Promise<T> {
    const value = await this.fresh()
    if (value === undefined)
      throw new OperatorError(this.#refusal ?? 'the cluster does not tell', { exitCode: ExitCode.unauthorized })
    return value
  }

  get isDue(): boolean {
    return this.#options.env.clock.monotonic() >= this.#dueMs
  }

  /** Asks again the next time, whatever it costs: somebody wants to know now. */
  expire(): void {
    this.#dueMs = Number.NEGATIVE_INFINITY
  }

  /**
   * The answer, a new one if it is time for that. Nothing where the brokers refuse it, as to people without the rights.
   * Rejects where they cannot be reached.
   */
  fresh(): Promise<T | undefined> {
    if (this.#pending) return this.#pending
    if (!this.isDue) return Promise.resolve(this.#value)
    const pending = this.#ask().finally(() => {
      this.#pending = undefined
    })
    this.#pending = pending
    return pending
  }

  async #ask(): Promise<T | undefined> {
    const { env, leastMs, ask } = this.#options
    const startMs = env.clock.monotonic()
    try {
      this.#value = await ask()
      this.#refusal = null
      const endMs = env.clock.monotonic()
      this.#dueMs = endMs + Math.max(leastMs, (endMs - startMs) / dutyMax)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.#refusal = error.message
      this.#dueMs = env.clock.monotonic() + refusedMs
    }
    return this.#value
  }
}
