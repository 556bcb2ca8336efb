/** Below it every microsecond counts by itself; above, each power of two has so many steps: 0.8 % of the value at most. */
const stepsPerPower = 128

/**
 * Counts durations in buckets whose width grows with the value, as HdrHistogram does: any percentile of any number of
 * values, within 0.8 %, in a few kilobytes. Values are microseconds, from 0 to some weeks.
 */
export class Histogram {
  #counts = new Float64Array(64 * stepsPerPower)
  count = 0
  #sumUs = 0
  minUs = Number.POSITIVE_INFINITY
  maxUs = 0

  record(valueUs: number, count = 1): void {
    const value = Math.max(0, Math.round(valueUs))
    const index = indexOf(value)
    this.#counts[Math.min(index, this.#counts.length - 1)]! += count
    this.count += count
    this.#sumUs += value * count
    if (value < this.minUs) this.minUs = value
    if (value > this.maxUs) this.maxUs = value
  }

  get meanUs(): number {
    return this.count === 0 ? 0 : this.#sumUs / this.count
  }

  /** The value that `percent` of all are not above: the upper end of its bucket, never above the largest value. */
  percentileUs(percent: number): number {
    if (this.count === 0) return 0
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.count - 1e-9))
    let passed = 0
    for (let index = 0; index < this.#counts.length; index++) {
      passed += this.#counts[index]!
      if (passed >= wanted) return Math.min(upperEnd(index), this.maxUs)
    }
    return this.maxUs
  }

  /** How many values are from `fromUs` up to, not including, `toUs`; a bucket belongs to where its lower end is. */
  countBetween(fromUs: number, toUs: number): number {
    let sum = 0
    for (let index = 0; index < this.#counts.length; index++) {
      const lower = lowerEnd(index)
      if (lower >= toUs) break
      if (lower >= fromUs) sum += this.#counts[index]!
    }
    return sum
  }
}

function indexOf(value: number): number {
  if (value < stepsPerPower) return value
  const power = Math.floor(Math.log2(value)) - Math.log2(stepsPerPower)
  const within = Math.floor(value / 2 ** power) - stepsPerPower
  return stepsPerPower * (power + 1) + within
}

function lowerEnd(index: number): number {
  if (index < stepsPerPower) return index
  const power = Math.floor(index / stepsPerPower) - 1
  return ((index % stepsPerPower) + stepsPerPower) * 2 ** power
}

function upperEnd(index: number): number {
  return lowerEnd(index + 1) - 1
}
