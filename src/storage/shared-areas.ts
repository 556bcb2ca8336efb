import { groupBytesMax } from './write-queue.ts'

const MiB = 1024 * 1024
/** One for each group that can be in flight. */
const keptBytesMax = 3 * groupBytesMax

/**
 * Shared memory that is lent out, taken back and lent out again. All areas have the same size, large enough for nearly every
 * group: areas made to measure were often too small for the next group, and V8, which does not count shared memory, left
 * those that were let go lying around: a gigabyte within seconds.
 */
export class SharedAreas {
  #free: SharedArrayBuffer[] = []
  #freeBytes = 0

  /** An area of at least `bytes` bytes, with anything in it. */
  take(bytes: number): SharedArrayBuffer {
    // The one that came back last is the one that is still in the processor's cache.
    const at = this.#free.findIndex(area => area.byteLength >= bytes)
    if (at < 0) return new SharedArrayBuffer(Math.max(groupBytesMax, Math.ceil(bytes / MiB) * MiB))
    const [area] = this.#free.splice(at, 1)
    this.#freeBytes -= area!.byteLength
    return area!
  }

  /** Takes an area back, and lets go of others when too much lies idle. */
  give(area: SharedArrayBuffer): void {
    if (area.byteLength > groupBytesMax) return
    this.#free.unshift(area)
    this.#freeBytes += area.byteLength
    while (this.#freeBytes > keptBytesMax) this.#freeBytes -= this.#free.pop()!.byteLength
  }
}
