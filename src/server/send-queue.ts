import type { Socket } from 'node:net'
import type { ResponseMemory } from '../api/response-memory.ts'
import { release, unpooled } from '../base/page-pool.ts'

/** The socket is given this much at a time; what it has, nobody can take back until the client has taken it. */
const windowBytes = 256 * 1024
/** Answers below this, which is nearly all that are no fetches, are not worth counting. */
const countedBytesMin = 4096

/**
 * Answers on their way to one client. They count as memory until the client has taken them, and hold the pages that their
 * chunks lie in; a client that is slow must not hold these for long (`unpool`).
 */
export class SendQueue {
  readonly #socket: Socket
  readonly #memory: ResponseMemory
  #waiting: Buffer[] = []

  constructor(socket: Socket, memory: ResponseMemory) {
    this.#socket = socket
    this.#memory = memory
  }

  /** The socket has been given everything. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** Takes over the uses of the chunks' memory. */
  write(chunks: readonly Buffer[]): void {
    const bytes = bytesOf(chunks)
    // Several chunks refer to records.
    if (this.isEmpty && chunks.length < 2 && bytes < countedBytesMin) {
      for (const chunk of chunks) this.#socket.write(chunk)
      return
    }
    this.#memory.take(bytes)
    for (const chunk of chunks) this.#waiting.push(chunk)
    this.flush()
  }

  /** Gives the socket what it has room for. To be called when it drains. */
  flush(): void {
    if (this.isEmpty) return
    this.#socket.cork()
    while (!this.isEmpty && this.#socket.writableLength < windowBytes) this.#writeWindow()
    this.#socket.uncork()
  }

  /** What waits moves out of the pages, which are for those who come and go. */
  unpool(): void {
    this.#waiting = this.#waiting.map(chunk => {
      const own = unpooled(chunk)
      if (own !== chunk) release(chunk)
      return own
    })
  }

  /** Nobody will take what waits. */
  close(): void {
    this.#sent(this.#waiting.splice(0))
  }

  #writeWindow(): void {
    const room = windowBytes - this.#socket.writableLength
    let count = 0
    for (let bytes = 0; count < this.#waiting.length && bytes < room; count++) bytes += this.#waiting[count]!.length
    const chunks = this.#waiting.splice(0, count)
    const last = chunks.length - 1
    for (let at = 0; at < last; at++) this.#socket.write(chunks[at]!)
    // Also called when the connection goes away, by Node.
    this.#socket.write(chunks[last]!, () => this.#sent(chunks))
  }

  #sent(chunks: readonly Buffer[]): void {
    this.#memory.release(bytesOf(chunks))
    for (const chunk of chunks) release(chunk)
  }
}

function bytesOf(chunks: readonly Buffer[]): number {
  let bytes = 0
  for (const chunk of chunks) bytes += chunk.length
  return bytes
}
