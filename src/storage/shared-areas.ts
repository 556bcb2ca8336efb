import { groupBytesMax } from './write-queue.ts'

const MiB = 1024 * 1024
/** What is kept for the next groups: as much as can be in flight, and one group more. */
const keptBytesMax = 2 * groupBytesMax

/** Shared memory that is lent out, taken back and lent out again. */
export class SharedAreas {
  #free: SharedArrayBuffer[] = []
  #freeBytes = 0

  /** An area of at least `bytes` bytes, with anything in it. */
  take(bytes: number): SharedArrayBuffer {
    // The one that came back last is the one that is still in the processor's cache.
    const at = this.#free.findIndex(area => area.byteLength >= bytes)
    if (at < 0) return new SharedArrayBuffer(Math.max(1, Math.ceil(bytes / MiB)) * MiB)
    const [area] = this.#free.splice(at, 1)
    this.#freeBytes -= area!.byteLength
    return area!
  }

  /** Takes an area back, and lets go of others when too much lies idle. */
  give(area: SharedArrayBuffer): void {
    if (area.byteLength > keptBytesMax) return
    this.#free.unshift(area)
    this.#freeBytes += area.byteLength
    while (this.#freeBytes > keptBytesMax) this.#freeBytes -= this.#free.pop()!.byteLength
  }
}
