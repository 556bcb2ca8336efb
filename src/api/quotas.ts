import type { Env } from '../base/env.ts'
import type { ClientQuotas, QuotaClient, QuotaLimit, QuotaName } from '../config/client-quotas.ts'
import { intMax } from '../config/kinds.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { type QuotaWindow, WindowedRate } from './quota-window.ts'
import { TokenBucket } from './token-bucket.ts'

export interface QuotaSettings {
  /** For bytes, time and connections. */
  readonly rates: QuotaWindow
  /** For changes of partitions: the burst is what comes in during the whole window. */
  readonly mutations: QuotaWindow
}

/** Who is charged, as a request says it. */
export interface Charged {
  readonly clientId: string | null
  readonly connection: { readonly principal: string }
}

type RateName = Exclude<QuotaName, 'controller_mutation_rate'>

/** Partitions that one request creates or deletes. */
export interface MutationPermits {
  /** Throws throttlingQuotaExceeded where the quota is used up and enforced strictly. To be called before the change. */
  take(partitions: number): void
  /** How long the client has to wait, in ms. */
  readonly throttleTimeMs: number
}

/**
 * What clients have used of their quotas. Nothing is kept of clients without a limit, nor of those that have been silent
 * for a whole window, so that the memory is bounded by who was active in the last seconds.
 */
export class Quotas {
  readonly limits: ClientQuotas
  readonly #env: Env
  readonly #settings: QuotaSettings
  readonly #rates = new Map<string, WindowedRate>()
  readonly #buckets = new Map<string, TokenBucket>()
  #sweptMs = 0

  constructor(env: Env, limits: ClientQuotas, settings: QuotaSettings) {
    this.#env = env
    this.limits = limits
    this.#settings = settings
  }

  /** Whether anybody has a limit at all: without, no request needs to be looked at. */
  get isOn(): boolean {
    return this.limits.size > 0
  }

  /** Counts `amount` and tells how long, in ms, the client must be silent to come back to its limit; 0 within it. */
  charge(name: RateName, charged: Charged, amount: number): number {
    const limit = this.#limitOf(name, charged)
    return limit ? this.#charge(name, limit, amount) : 0
  }

  /** Takes back what was charged. */
  refund(name: RateName, charged: Charged, amount: number): void {
    const limit = this.#limitOf(name, charged)
    if (limit) this.#rateOf(name, limit).record(-amount, this.#env.clock.monotonic(), this.#settings.rates)
  }

  /** The largest amount that somebody who used nothing lately may have at once without having to wait. */
  largestAtOnce(name: RateName, charged: Charged): number {
    const { count, sampleMs } = this.#settings.rates
    const limit = this.#limitOf(name, charged)
    return limit ? Math.max(1, Math.floor((limit.limit * (count - 1) * sampleMs) / 1000)) : Infinity
  }

  /**
   * Permits for one request. `strict` refuses what is beyond the quota; who cannot be told so (older versions of the
   * APIs) may do it and has to wait afterwards.
   */
  mutations(charged: Charged, { strict }: { readonly strict: boolean }): MutationPermits {
    const limit = this.#limitOf('controller_mutation_rate', charged)
    if (!limit) return unlimitedMutations
    const { count, sampleMs } = this.#settings.mutations
    const burst = (limit.limit * count * sampleMs) / 1000
    const bucket = this.#entryOf(this.#buckets, limit.sharedBy, () => new TokenBucket())
    const now = this.#env.clock.monotonic
    let throttleTimeMs = 0
    return {
      take(partitions) {
        const owedMs = bucket.debtMs(now(), limit.limit, burst)
        if (strict && owedMs > 0) {
          throttleTimeMs = owedMs
          throw new KafkaError(ErrorCode.throttlingQuotaExceeded)
        }
        bucket.take(partitions, now(), limit.limit, burst)
        if (!strict) throttleTimeMs = bucket.debtMs(now(), limit.limit, burst)
      },
      get throttleTimeMs() {
        return Math.min(throttleTimeMs, intMax)
      },
    }
  }

  /** Counts a connection; tells how long, in ms, its address has to wait before it may have it. */
  chargeConnection(ip: string): number {
    if (!this.limits.isSet('connection_creation_rate')) return 0
    const limit = this.limits.limitForAddress('connection_creation_rate', ip)
    if (!limit) return 0
    const { rates } = this.#settings
    const delayMs = Math.min(this.#charge('connection_creation_rate', limit, 1), rates.sampleMs)
    // It is closed, so it does not count.
    if (delayMs > 0) this.#rateOf('connection_creation_rate', limit).record(-1, this.#env.clock.monotonic(), rates)
    return delayMs
  }

  #limitOf(name: QuotaName, { clientId, connection }: Charged): QuotaLimit | undefined {
    if (!this.limits.isSet(name)) return undefined
    const client: QuotaClient = { user: connection.principal.replace(/^User:/, ''), clientId: clientId ?? '' }
    return this.limits.limitFor(name, client)
  }

  #charge(name: RateName, limit: QuotaLimit, amount: number): number {
    const { rates } = this.#settings
    const nowMs = this.#env.clock.monotonic()
    const rate = this.#rateOf(name, limit)
    rate.record(amount, nowMs, rates)
    const excessMs = rate.excessMs(limit.limit, nowMs, rates)
    // As Kafka: time on the processor is never made up for beyond one sample.
    return Math.min(excessMs, name === 'request_percentage' ? rates.sampleMs : intMax)
  }

  #rateOf(name: RateName, { sharedBy }: QuotaLimit): WindowedRate {
    return this.#entryOf(this.#rates, `${name} ${sharedBy}`, () => new WindowedRate())
  }

  #entryOf<Entry>(entries: Map<string, Entry>, key: string, make: () => Entry): Entry {
    this.#sweep()
    const known = entries.get(key)
    if (known) return known
    const entry = make()
    entries.set(key, entry)
    return entry
  }

  /** Forgets who has been silent for a whole window: who comes back then starts as he would anyway. */
  #sweep(): void {
    const { count, sampleMs } = this.#settings.rates
    const windowMs = count * sampleMs
    const nowMs = this.#env.clock.monotonic()
    if (nowMs - this.#sweptMs < windowMs) return
    this.#sweptMs = nowMs
    for (const [key, rate] of this.#rates) if (nowMs - rate.usedMs > windowMs) this.#rates.delete(key)
    for (const [key, bucket] of this.#buckets) if (bucket.fullMs < nowMs) this.#buckets.delete(key)
  }
}

const unlimitedMutations: MutationPermits = { take() {}, throttleTimeMs: 0 }
