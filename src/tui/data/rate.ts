/** A count that grows, seen at a time. */
interface Reading {
  readonly atMs: number
  readonly count: number
}

/** How fast a count has grown over the last while: things a second. */
export class Rate {
  readonly #windowMs: number
  readonly #readings: Reading[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Notes what the count is at a time (monotonic milliseconds). */
  note(atMs: number, count: number): void {
    const last = this.#readings.at(-1)
    // Tenths of the window are exact enough, however often somebody tells.
    if (last && this.#readings.length > 1 && atMs - (this.#readings.at(-2)?.atMs ?? 0) < this.#windowMs / 10) {
      this.#readings.pop()
    }
    this.#readings.push({ atMs, count })
    while (this.#readings.length > 2 && this.#readings[1]!.atMs <= atMs - this.#windowMs) this.#readings.shift()
  }

  /** 0 before there are two readings. */
  get perSecond(): number {
    const [first] = this.#readings
    const last = this.#readings.at(-1)
    if (!first || !last || last.atMs <= first.atMs) return 0
    return ((last.count - first.count) * 1_000) / (last.atMs - first.atMs)
  }
}
