/**
 * Memory for frames that have not arrived whole, shared by all connections. A frame takes its announced size before
 * its bytes are read (as Kafka's `queued.max.request.bytes` does), so slow or hostile peers cannot hold more than
 * `limitBytes` together; who finds no room waits in line with its socket paused. A frame larger than that has its turn when
 * it is alone.
 */
export class FrameMemory {
  readonly #limitBytes: number
  readonly #waiting: { readonly bytes: number; readonly granted: () => void }[] = []
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get isContended(): boolean {
    return this.#waiting.length > 0
  }

  /** Takes `bytes` if there is room and nobody is before us. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#hasRoomFor(bytes)) return false
    this.#usedBytes += bytes
    return true
  }

  /** Calls `granted` once the bytes have been taken. Returns what gives the place in the line up. */
  takeLater(bytes: number, granted: () => void): () => void {
    const place = { bytes, granted }
    this.#waiting.push(place)
    return () => {
      const at = this.#waiting.indexOf(place)
      if (at >= 0) this.#waiting.splice(at, 1)
      this.#grant()
    }
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
    this.#grant()
  }

  #grant(): void {
    for (let next = this.#waiting[0]; next && this.#hasRoomFor(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#usedBytes += next.bytes
      next.granted()
    }
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#limitBytes
  }
}
