import type { Env } from '../base/env.ts'
import type { RequestError } from '../client/failures.ts'
import type { Delivery, DeliveryFailure } from '../client/producer-options.ts'
import type { Output } from './output.ts'

const progressEveryMs = 200
/** So many different reasons are told; what fails for others counts with the first. */
const reasonsMax = 20

/** Where records of one partition went. */
interface Place {
  recordCount: number
  /** -1 while no broker has told an offset. */
  first: number
  last: number
}

/** What became of the records of a `produce`: progress on a terminal, and at the end what was delivered, what was not and why. */
export class DeliveryReport {
  readonly #env: Env
  readonly #output: Output
  readonly #startMs: number
  readonly #failures = new Map<string, { readonly error: RequestError; recordCount: number }>()
  readonly #places = new Map<string, Place>()
  #deliveredCount = 0
  #isAborted = false
  #inputBytes = 0
  #shownMs = 0

  constructor(env: Env, output: Output) {
    this.#env = env
    this.#output = output
    this.#startMs = env.clock.monotonic()
  }

  get hasFailures(): boolean {
    return this.#failures.size > 0
  }

  get deliveredCount(): number {
    return this.#deliveredCount
  }

  failed({ error, recordCount }: Pick<DeliveryFailure, 'error' | 'recordCount'>): void {
    const known =
      this.#failures.get(error.message) ??
      (this.#failures.size < reasonsMax ? undefined : this.#failures.values().next().value)
    if (known) known.recordCount += recordCount
    else this.#failures.set(error.message, { error, recordCount })
  }

  delivered({ topic, partition, recordCount, baseOffset }: Delivery): void {
    this.#deliveredCount += recordCount
    const name = `${topic} [${partition}]`
    const place = this.#places.get(name) ?? { recordCount: 0, first: -1, last: -1 }
    this.#places.set(name, place)
    place.recordCount += recordCount
    if (baseOffset < 0) return
    if (place.first < 0 || baseOffset < place.first) place.first = baseOffset
    place.last = Math.max(place.last, baseOffset + recordCount - 1)
  }

  /** The transaction was aborted: nothing of what was acknowledged will be read. */
  aborted(): void {
    this.#isAborted = true
  }

  progress(inputBytes: number): void {
    this.#inputBytes += inputBytes
    const nowMs = this.#env.clock.monotonic()
    if (nowMs - this.#shownMs < progressEveryMs) return
    this.#shownMs = nowMs
    const rate = this.#inputBytes / 1e3 / Math.max(1, nowMs - this.#startMs)
    this.#output.progress(() => `${this.#deliveredCount.toLocaleString('en')} records, ${rate.toFixed(1)} MB/s`)
  }

  /** Where the records went: a line for each partition, with the offsets of the first and the last. */
  places(): void {
    const places = [...this.#places].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    for (const [name, { recordCount, first, last }] of places) {
      this.#output.note(`${name}: ${counted(recordCount)}${first < 0 ? '' : `, offsets ${first} to ${last}`}`)
    }
  }

  /** Says what failed. True if nothing did. `always` says what was delivered, too. */
  finish({ always = false }: { readonly always?: boolean } = {}): boolean {
    this.#output.clearProgress()
    for (const { error, recordCount } of this.#failures.values()) {
      const what = recordCount > 0 ? `${records(recordCount)} not delivered` : 'the transaction failed'
      this.#output.failure(`${what}: ${error.message}`, error.hint)
    }
    if (this.#isAborted) this.#output.note('the transaction was aborted: nothing was written')
    else if (this.hasFailures || always) this.#output.note(`${records(this.#deliveredCount)} delivered`)
    return !this.hasFailures
  }
}

function counted(count: number): string {
  return count === 1 ? '1 record' : `${count} records`
}

function records(count: number): string {
  return `${counted(count)} ${count === 1 ? 'was' : 'were'}`
}
