import type { ReadLimit, Watcher } from './read-waiters.ts'
import { Repetitions } from './repetitions.ts'

/** An append that is on the disk now. */
export interface DurableWrite {
  /** The offset after it. */
  readonly endOffset: number
  readonly bytes: number
  /** First offset of the transaction that this is the end marker of; -1 for none. */
  readonly decided: number
}

/**
 * How far readers of a partition see, and who waits for more. It rises as commits become durable; for readers with
 * `read_committed` it stays at the oldest transaction that is undecided.
 */
export class ReadableEnd {
  #highWatermark: number
  // Undefined while there is nothing to keep in them: most partitions are idle most of the time.
  #undecided: Set<number> | undefined
  #firstUndecided = Number.POSITIVE_INFINITY
  #watchers: Set<Watcher> | undefined
  #repetitions: Repetitions | undefined
  /** Bytes between the last stable offset and the high watermark, about. */
  #heldBytes = 0

  /** `openTransactions`: the first offsets of those that are in the log. */
  constructor(highWatermark: number, openTransactions: readonly number[]) {
    this.#highWatermark = highWatermark
    for (const firstOffset of openTransactions.toSorted((a, b) => a - b)) this.begin(firstOffset)
  }

  /** The end of what is durable. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  /** The first undecided offset, if that is durable, else the high watermark. */
  get lastStableOffset(): number {
    return Math.min(this.#firstUndecided, this.#highWatermark)
  }

  /** No transaction that ends from now on begins below this. */
  get undecidedFrom(): number {
    return this.#undecided ? this.#firstUndecided : this.#highWatermark
  }

  /** A transaction has its first batch at this offset, the end of the log so far. */
  begin(firstOffset: number): void {
    this.#undecided ??= new Set()
    this.#undecided.add(firstOffset)
    this.#firstUndecided = Math.min(this.#firstUndecided, firstOffset)
  }

  /** Writes up to here have become durable. `done` is called before any reader is told. */
  raise({ endOffset, bytes, decided }: DurableWrite, done: () => void): void {
    const stableBefore = this.lastStableOffset
    this.#highWatermark = endOffset
    if (this.#undecided?.delete(decided)) this.#firstUndecided = this.#oldestUndecided()
    const stableBytes = this.#stableBytes(bytes, stableBefore)
    done()
    if (this.#repetitions?.settle(endOffset) === 0) this.#repetitions = undefined
    if (this.#watchers) wake(this.#watchers, { highWatermark: bytes, lastStableOffset: stableBytes })
  }

  /** Calls `done` once everything up to `lastOffset`, which is on its way to the disk, is durable. */
  whenDurable(lastOffset: number, done: () => void): void {
    this.#repetitions ??= new Repetitions()
    this.#repetitions.wait(lastOffset, done)
  }

  /** Tells `watcher` of everything that it can see from now on. */
  watch(watcher: Watcher): void {
    this.#watchers ??= new Set()
    this.#watchers.add(watcher)
  }

  unwatch(watcher: Watcher): void {
    this.#watchers?.delete(watcher)
    if (this.#watchers?.size === 0) this.#watchers = undefined
  }

  /** The partition is gone. */
  close(): void {
    for (const watcher of this.#watchers ?? []) watcher.closed()
  }

  // A set keeps the order of insertion, which is that of the offsets.
  #oldestUndecided(): number {
    for (const firstOffset of this.#undecided ?? []) return firstOffset
    this.#undecided = undefined
    return Number.POSITIVE_INFINITY
  }

  // Nobody counts bytes by transaction: what is released is estimated by the share of the offsets. All of it is in the end.
  #stableBytes(bytes: number, stableBefore: number): number {
    this.#heldBytes += bytes
    const offsets = this.lastStableOffset - stableBefore
    const heldOffsets = this.#highWatermark - stableBefore
    const released = offsets === heldOffsets ? this.#heldBytes : Math.ceil((this.#heldBytes * offsets) / heldOffsets)
    this.#heldBytes -= released
    return released
  }
}

function wake(watchers: Iterable<Watcher>, bytes: Readonly<Record<ReadLimit, number>>): void {
  for (const watcher of watchers) if (bytes[watcher.upTo] > 0) watcher.advanced(bytes[watcher.upTo])
}
