/** Over which time a rate is measured: `count` samples of `sampleMs` each (`quota.window.num`, `quota.window.size.seconds`). */
export interface QuotaWindow {
  readonly count: number
  readonly sampleMs: number
}

interface Sample {
  startMs: number
  lastMs: number
  value: number
}

/**
 * A rate per second over a moving window, computed as Kafka's `Rate` over a `SampledStat` does it, so that clients are
 * made to wait as long as there: what was used is summed up in samples, and a sample is forgotten as a whole.
 */
export class WindowedRate {
  readonly #samples: Sample[] = []
  #current = 0
  #usedMs = 0

  /** When something was last recorded. After a whole window, the rate is as good as new. */
  get usedMs(): number {
    return this.#usedMs
  }

  record(value: number, nowMs: number, window: QuotaWindow): void {
    const sample = this.#sampleAt(nowMs, window)
    sample.value += value
    sample.lastMs = nowMs
    this.#usedMs = nowMs
  }

  /**
   * How long to wait, in ms, until the rate is down at `limit` a second again if nothing more is recorded; 0 where it is
   * not above. If O is the rate over a time W, then (O - limit) / limit * W (KIP-13).
   */
  excessMs(limit: number, nowMs: number, window: QuotaWindow): number {
    const measuredMs = this.#measuredMs(nowMs, window)
    const total = this.#samples.reduce((sum, { value }) => sum + value, 0)
    const rate = total / (measuredMs / 1000)
    return rate <= limit ? 0 : Math.round(((rate - limit) / limit) * measuredMs)
  }

  #sampleAt(nowMs: number, window: QuotaWindow): Sample {
    const current = this.#samples[this.#current]
    if (current && nowMs - current.startMs < window.sampleMs) return current
    // One more than the window has: the oldest may still overlap it.
    this.#current = current ? (this.#current + 1) % (window.count + 1) : 0
    const fresh = { startMs: nowMs, lastMs: nowMs, value: 0 }
    this.#samples[this.#current] = fresh
    return fresh
  }

  /** Forgets old samples. The time that the others cover: never less than all samples but the one that is being filled. */
  #measuredMs(nowMs: number, { count, sampleMs }: QuotaWindow): number {
    let oldestMs = nowMs
    for (const sample of this.#samples) {
      if (nowMs - sample.lastMs >= count * sampleMs) Object.assign(sample, { startMs: nowMs, lastMs: nowMs, value: 0 })
      if (sample.startMs < oldestMs) oldestMs = sample.startMs
    }
    const elapsedMs = nowMs - oldestMs
    const missing = count - 1 - Math.floor(elapsedMs / sampleMs)
    return Math.max(1, missing > 0 ? elapsedMs + missing * sampleMs : elapsedMs)
  }
}
