import type { Socket } from 'node:net'
import type { Clock } from '../base/env.ts'

/** How long connections wait at most for those that come behind them. */
const waitMaxMs = 250

/**
 * Connections that have just been accepted, and that nothing is read from as long as each turn of the event loop brings another.
 *
 * libuv accepts one connection in a turn. Those that are there already would fill the turn with their requests: of a thousand
 * clients that came at once, as after a restart, the last one was heard after 2.5 s.
 */
export class Arrivals {
  readonly #clock: Clock
  readonly #serve: (socket: Socket) => void
  readonly #waiting: Socket[] = []

  /** `serve` gets each connection when its time has come. */
  constructor(clock: Clock, serve: (socket: Socket) => void) {
    this.#clock = clock
    this.#serve = serve
  }

  /** Takes a connection that is paused. */
  add(socket: Socket): void {
    this.#waiting.push(socket)
    if (this.#waiting.length === 1) this.#serveAfter(0, this.#clock.monotonic() + waitMaxMs)
  }

  /** Closes those that are still waiting. */
  close(): void {
    for (const socket of this.#waiting.splice(0)) socket.destroy()
  }

  /** Serves all of them in the next turn, unless there are more than `before` by then. */
  #serveAfter(before: number, limitMs: number): void {
    this.#clock.soon(() => {
      const count = this.#waiting.length
      if (count > before && this.#clock.monotonic() < limitMs) this.#serveAfter(count, limitMs)
      else for (const socket of this.#waiting.splice(0)) this.#serve(socket)
    })
  }
}
