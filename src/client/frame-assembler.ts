import { DecodeError } from '../base/errors.ts'

/** No broker sends more in one frame unless asked: what we ask for in one fetch is far below. */
export const frameBytesMax = 256 * 1024 * 1024

/**
 * Cuts a byte stream into frames: a length of 4 bytes, then that many. A frame that came in one piece is a slice of it,
 * a larger one is copied once, piece by piece, into its own buffer.
 */
export class FrameAssembler {
  readonly #onFrame: (frame: Buffer) => void
  #lengthBytes = 0
  #length = 0
  #frame: Buffer | undefined
  #filled = 0

  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame
  }

  /** Takes the next piece of the stream. Throws `DecodeError` for a length that cannot be. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#lengthBytes < 4) {
        this.#length = this.#length * 256 + chunk[at++]!
        if (++this.#lengthBytes < 4) continue
        if (this.#length > frameBytesMax) throw new DecodeError(`a frame of ${this.#length} bytes`)
      }
      at = this.#frame ? this.#continueFrame(this.#frame, chunk, at) : this.#startFrame(chunk, at)
    }
  }

  #startFrame(chunk: Buffer, at: number): number {
    const end = at + this.#length
    if (end <= chunk.length) {
      this.#finish(chunk.subarray(at, end))
      return end
    }
    this.#frame = Buffer.allocUnsafeSlow(this.#length)
    this.#filled = chunk.copy(this.#frame, 0, at)
    return chunk.length
  }

  #continueFrame(frame: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(frame, this.#filled, at)
    this.#filled += copied
    if (this.#filled === frame.length) this.#finish(frame)
    return at + copied
  }

  #finish(frame: Buffer): void {
    this.#frame = undefined
    this.#filled = 0
    this.#length = 0
    this.#lengthBytes = 0
    this.#onFrame(frame)
  }
}
