import type { Env } from '../base/env.ts'
import { OperatorError } from '../base/errors.ts'
import { sleep } from '../client/retry.ts'

/** So many records or bytes a second. */
export interface Rate {
  readonly perSecond: number
  readonly unit: 'records' | 'bytes'
}

const unitBytes = { '': 1, k: 1e3, m: 1e6, g: 1e9 } as const

/** Reads `500` (records a second), `0.5`, or `10MB`, `500kB` (bytes a second). */
export function parseRate(text: string): Rate {
  const parts = /^(?<number>\d+(?:\.\d+)?)\s*(?:(?<prefix>[kmg]?)(?<bytes>b))?(?:\/s)?$/i.exec(text)?.groups
  const number = Number(parts?.number)
  if (!parts || !(number > 0)) {
    throw new OperatorError(`'${text}' is no rate`, {
      hint: '500 for records a second, 500kB or 10MB for bytes a second',
    })
  }
  if (!parts.bytes) return { perSecond: number, unit: 'records' }
  const prefix = (parts.prefix ?? '').toLowerCase() as keyof typeof unitBytes
  return { perSecond: number * unitBytes[prefix], unit: 'bytes' }
}

/** A second may bring so much more than its share after one that brought less. */
const burstSeconds = 0.1

/** Holds its user back to a rate, evenly and without drift. */
export class RateLimiter {
  readonly #env: Env
  readonly #rate: Rate | undefined
  /** When what was counted so far would be due, on the monotonic clock. */
  #dueMs = Number.NEGATIVE_INFINITY

  /** Without a rate it never waits. */
  constructor(env: Env, rate: Rate | undefined) {
    this.#env = env
    this.#rate = rate
  }

  get isLimited(): boolean {
    return this.#rate !== undefined
  }

  /** Counts what has gone through, and waits until more may; or until the signal aborts. */
  async passed(amount: { readonly records: number; readonly bytes: number }, signal?: AbortSignal): Promise<void> {
    if (!this.#rate) return
    const nowMs = this.#env.clock.monotonic()
    const { unit, perSecond } = this.#rate
    this.#dueMs = Math.max(this.#dueMs, nowMs - burstSeconds * 1000) + (amount[unit] * 1000) / perSecond
    if (this.#dueMs > nowMs) await sleep(this.#env, this.#dueMs - nowMs, signal)
  }
}
