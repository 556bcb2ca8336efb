import type { Socket } from 'node:net'
import type { Answer, ConnectionContext, Eventually } from '../api/handle.ts'
import type { ResponseMemory } from '../api/response-memory.ts'
import type { Clock, Timer } from '../base/env.ts'
import { release } from '../base/page-pool.ts'
import type { FrameReader } from './frame-reader.ts'

/** What becomes of a request: its answer, and whether the next one may start before it. */
export interface Dispatched {
  readonly pipelined: boolean
  /** The request's frame is in use until the answer is there; otherwise what is needed of it has been copied. */
  readonly usesFrame: boolean
  readonly answer: Eventually<Answer>
}

export interface ConnectionOptions {
  readonly context: Omit<ConnectionContext, 'signal' | 'mute'>
  readonly reader: FrameReader
  readonly responseMemory: ResponseMemory
  /** Starts one request. May throw, as the answer may reject: the connection is then closed. */
  readonly dispatch: (frame: Buffer, context: ConnectionContext) => Dispatched
  /** The node has taken in more than the disk has written: leave further requests in the socket. */
  readonly isOverloaded: () => boolean
  readonly onFailure: (error: unknown, connection: Connection) => void
  readonly onClose: (connection: Connection) => void
  readonly clock: Clock
}

/** A request's place in the line of answers. */
interface Place {
  answer: Answer | undefined
}

/** Requests of one connection that may be in the works at once; only Produce gets beyond one. */
const pipelinedMax = 1024
/** Bytes of further requests that may wait here while one is in the works; more stay in the socket. */
const readAheadBytes = 256 * 1024
/** Answers below this, which is nearly all that are no fetches, are not worth counting. */
const countedBytesMin = 4096

/**
 * One client's connection: cuts requests, starts them one at a time (Produce: as they come) and sends the answers in the
 * order of the requests, as Kafka promises. Every limit that is reached leaves bytes in the socket, so that TCP slows the
 * client down.
 */
export class Connection {
  readonly context: ConnectionContext
  /** When bytes last came or went, by the wall clock. */
  lastActiveMs: number

  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #line: Place[] = []
  /** A request is in the works that the next one must not overtake. */
  #exclusive = false
  #pumping = false
  #corked = false
  #ending = false
  #closed = false
  #abort: AbortController | undefined
  #muted: Timer | undefined
  #mutedUntilMs = 0

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.lastActiveMs = options.clock.now()
    const mute = (durationMs: number): void => this.#mute(durationMs)
    this.context = Object.defineProperty({ ...options.context, mute }, 'signal', {
      get: () => this.#signal(),
    }) as ConnectionContext
    socket.setNoDelay(true)
    socket.on('drain', () => this.pump())
    socket.on('end', () => this.destroy())
    // The reason is in the close that follows; a client that goes away is no event worth a line.
    socket.on('error', () => {})
    socket.on('close', () => this.#close())
  }

  get isIdle(): boolean {
    return this.#line.length === 0 && !this.#muted && !this.#socket.writableNeedDrain
  }

  get isWithinFrame(): boolean {
    return this.#options.reader.isWithinFrame
  }

  /** Bytes have arrived; they may be overwritten when this returns. */
  receive(chunk: Buffer): void {
    this.lastActiveMs = this.#options.clock.now()
    this.#options.reader.push(chunk)
    this.pump()
    this.#options.reader.keepRest()
  }

  /** Starts every request that may start now. Called when bytes, memory, answers or room on the disk's side arrive. */
  pump(): void {
    // An answer given at once leads back here: the outer call goes on.
    if (this.#pumping || this.#closed) return
    this.#pumping = true
    try {
      while (this.#mayStart()) {
        const frame = this.#options.reader.next()
        if (!frame) break
        this.#start(frame)
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#pumping = false
    }
    this.#steer()
  }

  /** Answers what is in the works (what is parked, at once), then closes; new requests stay unread. */
  end(): void {
    this.#ending = true
    this.#abort?.abort()
    this.#endWhenAnswered()
  }

  destroy(): void {
    this.#socket.destroy()
    this.#close()
  }

  #mayStart(): boolean {
    return (
      !this.#exclusive &&
      !this.#muted &&
      !this.#ending &&
      !this.#closed &&
      this.#line.length < pipelinedMax &&
      !this.#socket.writableNeedDrain &&
      !this.#options.isOverloaded()
    )
  }

  #start(frame: Buffer): void {
    const { pipelined, usesFrame, answer } = this.#dispatch(frame)
    const place: Place = { answer: undefined }
    this.#line.push(place)
    if (answer === null || 'length' in answer) {
      release(frame)
      this.#settle(place, answer)
      return
    }
    if (!usesFrame) release(frame)
    this.#exclusive = !pipelined
    const onAnswer = (settled: Answer): void => {
      if (usesFrame) release(frame)
      this.#settle(place, settled)
      if (pipelined) return
      this.#exclusive = false
      this.pump()
    }
    const onError = (error: unknown): void => {
      if (usesFrame) release(frame)
      this.#fail(error)
    }
    if (answer instanceof Promise) answer.then(onAnswer, onError)
    else answer.whenSettled(onAnswer, onError)
  }

  #dispatch(frame: Buffer): Dispatched {
    try {
      return this.#options.dispatch(frame, this.context)
    } catch (error) {
      release(frame)
      throw error
    }
  }

  // KIP-219: the client is told at once that it is throttled; what it sends nevertheless waits.
  #mute(durationMs: number): void {
    const { clock } = this.#options
    const untilMs = clock.monotonic() + durationMs
    if (this.#closed || untilMs <= this.#mutedUntilMs) return
    this.#mutedUntilMs = untilMs
    this.#muted?.cancel()
    this.#muted = clock.after(durationMs, () => {
      this.#muted = undefined
      this.pump()
    })
  }

  #settle(place: Place, answer: Answer): void {
    if (this.#closed) {
      drop(answer)
      return
    }
    place.answer = answer
    if (this.#line[0] === place) this.#send()
  }

  /** Sends the answers at the head of the line that are there. All that a commit settles leave in one system call. */
  #send(): void {
    if (this.#closed) return
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(() => this.#uncork())
    }
    while (this.#line.length > 0 && this.#line[0]!.answer !== undefined) {
      this.#write(this.#line.shift()!.answer ?? [])
    }
    this.lastActiveMs = this.#options.clock.now()
    this.#endWhenAnswered()
  }

  /** Counts the answer as memory until the client has taken it (or the connection is gone: Node calls back then, too). */
  #write(chunks: readonly Buffer[]): void {
    const { responseMemory } = this.#options
    let bytes = 0
    for (const chunk of chunks) bytes += chunk.length
    // Several chunks refer to records.
    if (bytes < countedBytesMin && chunks.length < 2) {
      for (const chunk of chunks) this.#socket.write(chunk)
      return
    }
    responseMemory.take(bytes)
    for (const chunk of chunks.slice(0, -1)) this.#socket.write(chunk)
    this.#socket.write(chunks[chunks.length - 1]!, () => {
      responseMemory.release(bytes)
      drop(chunks)
    })
  }

  #uncork(): void {
    this.#corked = false
    this.#socket.uncork()
    // There is room in the line again.
    this.pump()
  }

  #endWhenAnswered(): void {
    if (this.#ending && this.#line.length === 0) this.#socket.end(() => this.#socket.destroy())
  }

  /** Reads on while there is a place for what comes. */
  #steer(): void {
    if (this.#closed) return
    const { reader } = this.#options
    const full = reader.isWaiting || this.#ending || (!this.#mayStart() && reader.bufferedBytes > readAheadBytes)
    if (full !== this.#socket.isPaused()) full ? this.#socket.pause() : this.#socket.resume()
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.#options.onFailure(error, this)
    this.destroy()
  }

  #signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#closed) this.#abort.abort()
    return this.#abort.signal
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#muted?.cancel()
    for (const { answer } of this.#line) if (answer) drop(answer)
    this.#line.length = 0
    this.#options.reader.close()
    this.#abort?.abort()
    this.#options.onClose(this)
  }
}

/** Nobody looks at the answer any more. */
function drop(answer: Answer): void {
  for (const chunk of answer ?? []) release(chunk)
}
