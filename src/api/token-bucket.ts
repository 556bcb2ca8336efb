/**
 * Permits that come in at a rate and may be saved up to a burst (KIP-599); full at the start. What is taken may exceed
 * what is there, once: the bucket is then in debt, and gives nothing more until that is paid off.
 */
export class TokenBucket {
  #tokens = Infinity
  #filledMs = 0
  #fullMs = 0

  /** When it is full again, and so as good as new. */
  get fullMs(): number {
    return this.#fullMs
  }

  /** How long, in ms, until the debt is paid off; 0 without a debt. `rate` is in permits a second. */
  debtMs(nowMs: number, rate: number, burst: number): number {
    this.#fill(nowMs, rate, burst)
    return this.#tokens < 0 ? Math.round((-this.#tokens / rate) * 1000) : 0
  }

  take(permits: number, nowMs: number, rate: number, burst: number): void {
    this.#fill(nowMs, rate, burst)
    this.#tokens -= permits
    this.#fullMs = nowMs + ((burst - this.#tokens) / rate) * 1000
  }

  #fill(nowMs: number, rate: number, burst: number): void {
    this.#tokens = Math.min(burst, this.#tokens + (rate * (nowMs - this.#filledMs)) / 1000)
    this.#filledMs = nowMs
  }
}
