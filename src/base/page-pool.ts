import { assert } from './errors.ts'

/** Frames up to this size share pages; larger ones have memory of their own. */
export const pageBytes = 2 * 1024 * 1024

/** A piece of memory that slices are cut from, one behind the other, until it is full. */
interface Page {
  readonly pool: PagePool
  readonly memory: Buffer
  usedBytes: number
  /** How many uses of its slices have begun and not ended. */
  uses: number
  /** Somebody may refer to its slices without our knowing when that ends. */
  isLent: boolean
}

const pages = new WeakMap<ArrayBufferLike, Page>()

/**
 * Memory that is used again instead of being left to the garbage collector. V8 answers every 64 MB of new buffers with a
 * collection of the whole heap: at 400 MB/s of requests that was a quarter of the main thread's time and four more
 * threads, and what was not collected yet had no bound.
 *
 * A slice has one use when it is taken. `retain` begins another one, `release` ends one; when the last one has ended, the
 * page is written over. What goes to where no end can be told (a socket that is slow to take an answer) is `lent`: its page
 * is then left to the garbage collector like any other buffer. Buffers of other origin pass through all of this
 * untouched, so that nobody has to know where a buffer came from.
 */
export class PagePool {
  readonly #pagesMax: number
  readonly #free: Page[] = []
  #current: Page | undefined
  /** Pages that are free or will be once their uses have ended. */
  #owned = 0

  /** `bytesMax`: beyond this, slices are ordinary buffers. */
  constructor(bytesMax: number) {
    this.#pagesMax = Math.floor(bytesMax / pageBytes)
  }

  /** Bytes of memory that the pool keeps. */
  get ownedBytes(): number {
    return this.#owned * pageBytes
  }

  /** A slice with anything in it, and one use. */
  take(bytes: number): Buffer {
    const page = bytes <= pageBytes ? this.#pageFor(bytes) : undefined
    if (!page) return Buffer.allocUnsafeSlow(bytes)
    const start = page.usedBytes
    page.usedBytes += bytes
    page.uses++
    return page.memory.subarray(start, page.usedBytes)
  }

  /** A page has no uses left. */
  settle(page: Page): void {
    if (page.isLent) {
      if (page === this.#current) this.#current = undefined
      pages.delete(page.memory.buffer)
      this.#owned--
    } else if (page === this.#current) page.usedBytes = 0
    else this.#free.push(page)
  }

  #pageFor(bytes: number): Page | undefined {
    const current = this.#current
    if (current && current.usedBytes + bytes <= pageBytes) return current
    // From here on the end of its last use brings it back. Without any it would have been rewound.
    this.#current = this.#free.pop() ?? this.#newPage()
    if (this.#current) this.#current.usedBytes = 0
    return this.#current
  }

  #newPage(): Page | undefined {
    if (this.#owned >= this.#pagesMax) return undefined
    this.#owned++
    const memory = Buffer.allocUnsafeSlow(pageBytes)
    const page: Page = { pool: this, memory, usedBytes: 0, uses: 0, isLent: false }
    pages.set(memory.buffer, page)
    return page
  }
}

/** Begins a use of the slice's memory. Returns whether that was needed: false for a buffer that is from no pool. */
export function retain(slice: Buffer): boolean {
  const page = pages.get(slice.buffer)
  if (page) page.uses++
  return page !== undefined
}

/** Ends a use. Whoever began it must not look at the slice again. */
export function release(slice: Buffer): void {
  const page = pages.get(slice.buffer)
  if (!page) return
  assert(page.uses > 0, 'memory was released more often than it was retained')
  page.uses--
  if (page.uses === 0) page.pool.settle(page)
}

/** The slice, which must be in use, goes to where the end of its use cannot be told: its memory is never written over. */
export function lend(slice: Buffer): void {
  const page = pages.get(slice.buffer)
  if (page) page.isLent = true
}
