import type { Env } from '../base/env.ts'
import type { DeliveryFailure, Producer } from '../client/producer.ts'
import type { Output } from './output.ts'

const progressEveryMs = 200

/** What became of the records of a `produce`: progress on a terminal, and at the end what was not delivered and why. */
export class DeliveryReport {
  readonly #env: Env
  readonly #output: Output
  readonly #startMs: number
  readonly #failures = new Map<string, { readonly failure: DeliveryFailure; recordCount: number }>()
  #inputBytes = 0
  #shownMs = 0

  constructor(env: Env, output: Output) {
    this.#env = env
    this.#output = output
    this.#startMs = env.clock.monotonic()
  }

  failed(failure: DeliveryFailure): void {
    const known = this.#failures.get(failure.error.message)
    if (known) known.recordCount += failure.recordCount
    else this.#failures.set(failure.error.message, { failure, recordCount: failure.recordCount })
  }

  progress({ deliveredCount }: Producer, inputBytes: number): void {
    this.#inputBytes += inputBytes
    const nowMs = this.#env.clock.monotonic()
    if (nowMs - this.#shownMs < progressEveryMs) return
    this.#shownMs = nowMs
    const rate = this.#inputBytes / 1e3 / Math.max(1, nowMs - this.#startMs)
    this.#output.progress(() => `${deliveredCount.toLocaleString('en')} records, ${rate.toFixed(1)} MB/s`)
  }

  /** Says what failed. True if nothing did. */
  finish({ deliveredCount }: Producer): boolean {
    this.#output.clearProgress()
    for (const { failure, recordCount } of this.#failures.values()) {
      this.#output.failure(`${records(recordCount)} not delivered: ${failure.error.message}`, failure.error.hint)
    }
    if (this.#failures.size > 0) this.#output.note(`${records(deliveredCount)} delivered`)
    return this.#failures.size === 0
  }
}

function records(count: number): string {
  return count === 1 ? '1 record was' : `${count} records were`
}
