/** No reader gets less than this: with a batch at a time everybody comes on, if slowly. */
const smallestShareBytes = 64 * 1024

/**
 * Memory for answers that are being read or that their clients have not taken yet, shared by all connections. The less of it
 * is left, the less a single fetch is given, so that many slow readers of old records cannot fill the node's memory:
 * they hold at most `limitBytes`, and beyond that one share (or one batch, where that is larger) each.
 */
export class ResponseMemory {
  readonly #limitBytes: () => number
  #usedBytes = 0

  constructor(limitBytes: () => number) {
    this.#limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Takes as much of `wantedBytes` as may be had now, and tells how much that is. */
  takeShare(wantedBytes: number): number {
    // A quarter of what is left: several readers at once then find something.
    const share = Math.max(smallestShareBytes, Math.floor((this.#limitBytes() - this.#usedBytes) / 4))
    const taken = Math.min(wantedBytes, share)
    this.#usedBytes += taken
    return taken
  }

  take(bytes: number): void {
    this.#usedBytes += bytes
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
  }
}
