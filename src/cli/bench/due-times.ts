/**
 * When the records of one partition were due, oldest first, in runs of equal times: what is acknowledged comes in the
 * order in which it was sent.
 */
export class DueTimes {
  readonly #times: number[] = []
  readonly #counts: number[] = []
  #first = 0

  push(timeMs: number): void {
    const last = this.#times.length - 1
    if (last >= this.#first && this.#times[last] === timeMs) this.#counts[last]! += 1
    else {
      this.#times.push(timeMs)
      this.#counts.push(1)
    }
  }

  /** Takes `count` records off and calls `visit` for each run of equal times. */
  take(count: number, visit: (timeMs: number, count: number) => void): void {
    let left = count
    while (left > 0 && this.#first < this.#times.length) {
      const taken = Math.min(left, this.#counts[this.#first]!)
      visit(this.#times[this.#first]!, taken)
      left -= taken
      this.#counts[this.#first]! -= taken
      if (this.#counts[this.#first] === 0) this.#first++
    }
    if (this.#first > 4096 && this.#first * 2 > this.#times.length) {
      this.#times.splice(0, this.#first)
      this.#counts.splice(0, this.#first)
      this.#first = 0
    }
  }
}
