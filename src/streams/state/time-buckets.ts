import { timeAt } from '../codecs/key-text.ts'
import type { StateTable, TimedRows } from './state-table.ts'

/** How many buckets a retention spans: rows are removed at most this fraction of it too late. */
const bucketsPerRetention = 8
/** So many rows in a file are removed at a time: the rest when time goes on next. Nobody sees them. */
const expiredFromFileMax = 4096

export interface TimeBucketsOptions {
  readonly retentionMs: number
  /** So many characters before the end of a key its time begins. */
  readonly timeFromEnd: number
}

/**
 * Which keys of a table belong to which stretch of time: finds what expired, and what lies in a span, without a walk over
 * all. Holds keys in memory as long as the table does; afterwards only those that the file does not have yet, and the file
 * finds the others by an index.
 */
export class TimeBuckets {
  readonly #table: StateTable
  readonly #widthMs: number
  readonly #timeFromEnd: number
  #buckets = new Map<number, string[]>()
  /** The numbers of the buckets, sorted. */
  #numbers: number[] = []
  /** How often the file had been written when keys were last let go of. */
  #writes = -1
  /** All in the file below this time has been removed, or is being. */
  #expiredTo = 0
  #expiring: Iterator<string> | undefined
  #lastTime = -1

  /** Finds what is in the table. `seen` is told of each key, where they are in memory. */
  constructor(table: StateTable, options: TimeBucketsOptions, seen: (key: string) => void = () => {}) {
    this.#table = table
    this.#widthMs = Math.max(1, Math.floor(options.retentionMs / bucketsPerRetention))
    this.#timeFromEnd = options.timeFromEnd
    if (table.timed) {
      this.#lastTime = table.timed.lastTime(this.#timeFromEnd)
      return
    }
    for (const [key] of table.range('')) {
      const time = this.timeOf(key)
      this.#lastTime = Math.max(this.#lastTime, time)
      this.add(time, key)
      seen(key)
    }
  }

  /** The greatest time that was in the table at the beginning, -1 without rows. */
  get firstLastTime(): number {
    return this.#lastTime
  }

  timeOf(key: string): number {
    return timeAt(key, key.length - this.#timeFromEnd)
  }

  /** A key that the table did not have is about to come. */
  add(time: number, key: string): void {
    if (this.#table.timed) this.#letGo(this.#table.timed)
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

  /** Removes the keys of the buckets that end at or before `time`: those in a file bit by bit. */
  expire(time: number): void {
    const { timed } = this.#table
    while (this.#numbers.length > 0 && (this.#numbers[0]! + 1) * this.#widthMs <= time) {
      const number = this.#numbers.shift()!
      for (const key of this.#buckets.get(number)!) this.#remove(key)
      this.#buckets.delete(number)
    }
    if (timed) this.#expireFile(timed, Math.floor(time / this.#widthMs) * this.#widthMs)
  }

  /** The keys of all buckets that touch the span, both ends included; maybe one twice, maybe some that lie outside of it. */
  *touching(from: number, to: number): Generator<string> {
    const first = Math.floor(from / this.#widthMs)
    const last = Math.floor(to / this.#widthMs)
    const { timed } = this.#table
    if (timed) {
      this.#letGo(timed)
      yield* timed.keysOfTimes(this.#timeFromEnd, from, Math.min(to, Number.MAX_SAFE_INTEGER - 1) + 1)
    }
    for (const number of this.#numbers) {
      if (number > last) return
      if (number >= first) yield* this.#buckets.get(number)!
    }
  }

  /** The file has what was written: its keys need not be held here any more. */
  #letGo(timed: TimedRows): void {
    if (timed.writes === this.#writes) return
    this.#writes = timed.writes
    for (const [number, keys] of this.#buckets) {
      const pending = keys.filter(key => timed.isPending(key))
      if (pending.length > 0) this.#buckets.set(number, pending)
      else this.#buckets.delete(number)
    }
    this.#numbers = this.#numbers.filter(number => this.#buckets.has(number))
  }

  #expireFile(timed: TimedRows, to: number): void {
    if (!this.#expiring) {
      if (to <= this.#expiredTo) return
      this.#expiring = timed.keysOfTimes(this.#timeFromEnd, this.#expiredTo, to)[Symbol.iterator]()
      this.#expiredTo = to
    }
    for (let count = 0; count < expiredFromFileMax; count++) {
      const next = this.#expiring.next()
      if (next.done) {
        this.#expiring = undefined
        return
      }
      this.#remove(next.value)
    }
  }

  #remove(key: string): void {
    // What is gone already must not be told of to the changelog again.
    if (!this.#table.timed || this.#table.get(key)) this.#table.remove(key)
  }
}
