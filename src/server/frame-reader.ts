import { DecodeError } from '../base/errors.ts'
import { type PagePool, release } from '../base/page-pool.ts'
import type { FrameMemory } from './frame-memory.ts'

const lengthBytes = 4
/** API key, version and correlation id: the shortest request header. */
const shortestFrameBytes = 8

const nothing = Buffer.alloc(0)

/** What reading frames needs from outside. */
export interface FrameReaderOptions {
  readonly maxFrameBytes: number
  readonly memory: FrameMemory
  readonly pages: PagePool
  /** Called when a frame that had to wait for memory may be read on. */
  readonly onMemory: () => void
}

/**
 * Cuts one connection's bytes into request frames (without their length). Each is copied into memory of the page pool: what
 * takes it must `release` it.
 */
export class FrameReader {
  readonly #options: FrameReaderOptions
  /** Bytes not yet looked at, … */
  #rest: Buffer = nothing
  /** … which lie in the chunk of the last `push`. */
  #isBorrowed = false
  /** The frame being assembled, and how much of it is here. */
  #frame: Buffer | undefined
  #filled = 0
  #giveUpPlace: (() => void) | undefined
  #grantedBytes = 0

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  /** A frame has begun and its end is not here yet. */
  get isWithinFrame(): boolean {
    return this.#frame !== undefined || this.#rest.length > 0
  }

  /** The frame waits for memory: the socket should be paused. */
  get isWaiting(): boolean {
    return this.#giveUpPlace !== undefined
  }

  /** Bytes kept here that are not part of the frame being assembled. */
  get bufferedBytes(): number {
    return this.#rest.length
  }

  /** Takes bytes that arrived. They may be overwritten after the next call of `keepRest`. */
  push(chunk: Buffer): void {
    this.#isBorrowed = this.#rest.length === 0
    this.#rest = this.#isBorrowed ? chunk : Buffer.concat([this.#rest, chunk])
  }

  /** Copies what has been pushed and not been taken. */
  keepRest(): void {
    if (this.#isBorrowed && this.#rest.length > 0) this.#rest = Buffer.from(this.#rest)
    this.#isBorrowed = false
  }

  /** The next whole frame, or undefined until more bytes arrive. Throws `DecodeError` for an impossible length. */
  next(): Buffer | undefined {
    if (this.#frame) return this.#fill()
    if (this.#rest.length < lengthBytes || this.isWaiting) return undefined
    const bytes = this.#announcedBytes()
    // What is here as a whole will not keep its memory for long.
    if (this.#rest.length < lengthBytes + bytes && !this.#reserve(bytes)) return undefined
    this.#take(lengthBytes)
    this.#frame = this.#options.pages.take(bytes)
    return this.#fill()
  }

  /** Gives back what the connection holds. */
  close(): void {
    this.#giveUpPlace?.()
    this.#giveUpPlace = undefined
    this.#giveMemoryBack()
    if (this.#frame) release(this.#frame)
    this.#frame = undefined
    this.#rest = nothing
  }

  #announcedBytes(): number {
    const bytes = this.#rest.readInt32BE(0)
    if (bytes < shortestFrameBytes) throw new DecodeError(`frame of ${bytes} bytes`)
    const { maxFrameBytes } = this.#options
    if (bytes > maxFrameBytes)
      throw new DecodeError(`frame of ${bytes} bytes, more than socket.request.max.bytes=${maxFrameBytes}`)
    return bytes
  }

  #reserve(bytes: number): boolean {
    if (this.#grantedBytes === 0) {
      if (!this.#options.memory.tryTake(bytes)) {
        this.#giveUpPlace = this.#options.memory.takeLater(bytes, () => {
          this.#giveUpPlace = undefined
          this.#grantedBytes = bytes
          this.#options.onMemory()
        })
        return false
      }
      this.#grantedBytes = bytes
    }
    return true
  }

  #fill(): Buffer | undefined {
    const frame = this.#frame!
    const part = this.#take(Math.min(frame.length - this.#filled, this.#rest.length))
    part.copy(frame, this.#filled)
    this.#filled += part.length
    if (this.#filled < frame.length) return undefined
    this.#frame = undefined
    this.#filled = 0
    this.#giveMemoryBack()
    return frame
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes)
    this.#rest = bytes === this.#rest.length ? nothing : this.#rest.subarray(bytes)
    return taken
  }

  #giveMemoryBack(): void {
    const bytes = this.#grantedBytes
    this.#grantedBytes = 0
    if (bytes > 0) this.#options.memory.release(bytes)
  }
}
