/** How many buckets a retention spans: rows are removed at most this fraction of it too late. */
const bucketsPerRetention = 8

/** Which keys belong to which stretch of time: finds what expired, and what lies in a span, without a walk over all. */
export class TimeBuckets {
  readonly #widthMs: number
  readonly #buckets = new Map<number, string[]>()
  /** The numbers of the buckets, sorted. */
  #numbers: number[] = []

  constructor(retentionMs: number) {
    this.#widthMs = Math.max(1, Math.floor(retentionMs / bucketsPerRetention))
  }

  add(time: number, key: string): void {
    const number = Math.floor(time / this.#widthMs)
    const bucket = this.#buckets.get(number)
    if (bucket) {
      bucket.push(key)
      return
    }
    this.#buckets.set(number, [key])
    const at = this.#numbers.findLastIndex(other => other < number)
    this.#numbers.splice(at + 1, 0, number)
  }

  /** Takes out the keys of the buckets that end at or before `time`. */
  expire(time: number, remove: (key: string) => void): void {
    while (this.#numbers.length > 0 && (this.#numbers[0]! + 1) * this.#widthMs <= time) {
      const number = this.#numbers.shift()!
      for (const key of this.#buckets.get(number)!) remove(key)
      this.#buckets.delete(number)
    }
  }

  /** The keys of all buckets that touch the span, both ends included; maybe one twice, maybe some that lie outside of it. */
  *touching(from: number, to: number): Generator<string> {
    const first = Math.floor(from / this.#widthMs)
    const last = Math.floor(to / this.#widthMs)
    for (const number of this.#numbers) {
      if (number > last) return
      if (number >= first) yield* this.#buckets.get(number)!
    }
  }
}
