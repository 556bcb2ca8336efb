import { release, retain } from '../base/page-pool.ts'

/** One produced batch as it is stored: its offsets are patched in. */
export interface CachedBatch {
  readonly partitionId: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** Null once it has left the cache. */
  data: Buffer | null
}

// What an entry costs besides its bytes: object, buffer header, two places in queues, and four times that in the heap, where V8
// leaves them for a while when they are done with. (Measured with batches of 1 KiB at full speed; many tiny batches count too.)
const entryOverheadBytes = 1024

/**
 * The newest batches of all partitions, in memory: what consumers at the end of a log read without asking the disk.
 *
 * One bound in bytes for all partitions together; the oldest batch goes first, whoever's it is. So what is cached of a
 * partition is always an unbroken run up to its log end, and a partition that nobody writes to costs nothing. Batches
 * that came in the pages of the pool stay there; others are copied together where they would keep more alive than themselves.
 */
export class BatchCache {
  readonly #maxBytes: number
  readonly #runs = new Map<number, CachedRun>()
  readonly #arrivals = new Fifo<CachedBatch>()
  readonly #pages = new Pages()
  #bytes = 0

  /** `maxBytes`: 0 caches nothing. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes held, bookkeeping included. Never above the bound after a call. */
  get bytes(): number {
    return this.#bytes
  }

  /** The cached end of a partition's log; undefined if nothing of it is cached. */
  run(partitionId: number): CachedRun | undefined {
    return this.#runs.get(partitionId)
  }

  /** Takes a batch that follows the partition's last one. */
  add(batch: CachedBatch & { data: Buffer }): void {
    let run = this.#runs.get(batch.partitionId)
    if (!run) {
      run = new CachedRun()
      this.#runs.set(batch.partitionId, run)
    }
    if (!retain(batch.data)) batch.data = this.#pages.withoutSurroundings(batch.data)
    run.push(batch)
    this.#arrivals.push(batch)
    this.#bytes += batch.data.length + entryOverheadBytes
    while (this.#bytes > this.#maxBytes) this.#evictOldest()
  }

  /** Forgets a partition's batches below `offset`, which the log has deleted; all of them without `offset`. */
  drop(partitionId: number, offset = Number.POSITIVE_INFINITY): void {
    const run = this.#runs.get(partitionId)
    if (!run) return
    for (let oldest = run.oldest; oldest && oldest.lastOffset < offset; oldest = run.oldest)
      this.#dropOldest(run, oldest)
  }

  #evictOldest(): void {
    const batch = this.#arrivals.shift()
    if (!batch) return
    this.#bytes -= entryOverheadBytes
    const run = batch.data && this.#runs.get(batch.partitionId)
    if (run) this.#dropOldest(run, batch)
  }

  // Its place in the order of arrival stays until its turn comes: that is what the overhead remains counted for.
  #dropOldest(run: CachedRun, batch: CachedBatch): void {
    run.shift()
    if (batch.data) {
      this.#bytes -= batch.data.length
      release(batch.data)
    }
    batch.data = null
    if (!run.oldest) this.#runs.delete(batch.partitionId)
  }
}

/** How many times its own size a cached batch may keep alive. Sockets read 64 KiB at a time: batches of 16 KiB are not copied. */
const surroundingsMax = 4
const pageBytes = 64 * 1024

/**
 * Memory for small batches. A slice keeps alive all that it was cut from: what the socket read with it, or what else
 * lies in Node's pool. Here its neighbours are batches that came at the same time and leave at the same time.
 */
class Pages {
  #page = Buffer.alloc(0)
  #used = 0

  /** The batch itself where it is a good part of its memory, else a copy. */
  withoutSurroundings(data: Buffer): Buffer {
    if (data.length * surroundingsMax >= data.buffer.byteLength) return data
    const copy = this.#take(data.length)
    data.copy(copy)
    return copy
  }

  #take(bytes: number): Buffer {
    if (bytes > pageBytes / 4) return Buffer.allocUnsafeSlow(bytes)
    if (this.#used + bytes > this.#page.length) {
      this.#page = Buffer.allocUnsafeSlow(pageBytes)
      this.#used = 0
    }
    this.#used += bytes
    return this.#page.subarray(this.#used - bytes, this.#used)
  }
}

/** The unbroken run of a partition's newest batches. Valid until the next `add` or `drop`. */
export class CachedRun {
  readonly #batches = new Fifo<CachedBatch>()

  get oldest(): CachedBatch | undefined {
    return this.#batches.at(0)
  }

  get count(): number {
    return this.#batches.length
  }

  /** The batch at a position counted from the oldest. */
  at(position: number): CachedBatch | undefined {
    return this.#batches.at(position)
  }

  /** Position of the first batch that ends at or after `offset`; `count` if all end before it. */
  positionOf(offset: number): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const batch = this.#batches.at(middle)
      if (batch && batch.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  push(batch: CachedBatch): void {
    this.#batches.push(batch)
  }

  shift(): void {
    this.#batches.shift()
  }
}

/** An array that is cheap at both ends: the front is cut off in large pieces. */
class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  at(position: number): T | undefined {
    return this.#items[this.#head + position]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (this.#head < this.#items.length) this.#items[this.#head++] = undefined
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
