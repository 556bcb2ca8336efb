import { assert } from './errors.ts'

/** Slices up to this size share pages; larger ones have memory of their own. */
export const pageBytes = 2 * 1024 * 1024

/** A piece of memory that slices are cut from, one behind the other, until it is full. */
interface Page {
  readonly pool: PagePool
  readonly memory: Buffer
  usedBytes: number
  /** How many uses of its slices have begun and not ended. */
  uses: number
}

const pages = new WeakMap<ArrayBufferLike, Page>()

/**
 * Memory that is used again instead of being left to the garbage collector. V8 answers every 64 MB of new buffers with a
 * collection of the whole heap: at 400 MB/s of requests that was a quarter of the main thread's time and four more
 * threads, and what was not collected yet had no bound. It is shared memory, so that other threads read and write slices
 * where they are.
 *
 * A slice has one use when it is taken. `retain` begins another one, `release` ends one; when the last one has ended, the
 * page is written over. Buffers of other origin pass through all of this untouched, so that nobody has to know where a
 * buffer came from.
 */
export class PagePool {
  readonly #pagesMax: number
  readonly #free: Page[] = []
  #current: Page | undefined
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
    return this.tryTake(bytes) ?? Buffer.allocUnsafeSlow(bytes)
  }

  /** As `take`, but undefined where the pool has no room for it. */
  tryTake(bytes: number): Buffer | undefined {
    const page = bytes <= pageBytes ? this.#pageFor(bytes) : undefined
    if (!page) return undefined
    const start = page.usedBytes
    page.usedBytes += bytes
    page.uses++
    return page.memory.subarray(start, page.usedBytes)
  }

  /** Only the first `bytes` of a slice of this pool are needed. What nothing has been taken behind is given out again. */
  shorten(slice: Buffer, bytes: number): void {
    const page = this.#current
    if (page?.memory.buffer !== slice.buffer) return
    if (page.usedBytes === slice.byteOffset + slice.length) page.usedBytes = slice.byteOffset + bytes
  }

  /** A page has no uses left. */
  settle(page: Page): void {
    if (page === this.#current) page.usedBytes = 0
    else this.#free.push(page)
  }

  #pageFor(bytes: number): Page | undefined {
    const current = this.#current
    if (current && current.usedBytes + bytes <= pageBytes) return current
    const next = this.#free.pop() ?? this.#newPage()
    // From here on the end of its last use brings the full one back. Without any it would have been rewound.
    if (next) {
      next.usedBytes = 0
      this.#current = next
    }
    return next
  }

  #newPage(): Page | undefined {
    if (this.#owned >= this.#pagesMax) return undefined
    this.#owned++
    const memory = Buffer.from(new SharedArrayBuffer(pageBytes))
    const page: Page = { pool: this, memory, usedBytes: 0, uses: 0 }
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

/** The bytes of a slice where they may stay for as long as anybody likes: a copy, if they are in a pool. */
export function unpooled(slice: Buffer): Buffer {
  return pages.has(slice.buffer) ? Buffer.from(slice) : slice
}

/** Uses that end together, with what they are for: the answer to a request, mostly. */
export class Loans {
  #slices: Buffer[] | undefined

  /** Begins a use of the slice. */
  add(slice: Buffer): void {
    if (!retain(slice)) return
    this.#slices ??= []
    this.#slices.push(slice)
  }

  /** Ends them all. */
  release(): void {
    const slices = this.#slices
    if (!slices) return
    this.#slices = undefined
    for (const slice of slices) release(slice)
  }
}
