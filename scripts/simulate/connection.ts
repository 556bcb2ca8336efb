import type { Answer, ConnectionContext } from '../../src/api/handle.ts'
import { StorageError } from '../../src/base/errors.ts'
import { release } from '../../src/base/page-pool.ts'
import { type Api, decodeRequest, type RequestInput, type ResponseOf } from '../../src/protocol/codec.ts'
import { decodeResponseFrame, encodeRequestFrame, readRequestHeader } from '../../src/protocol/frame.ts'
import { promised, testConnection } from '../../test/support/node.ts'
import { type ClientConnection, ConnectionLost } from './client-world.ts'
import type { Dice } from './dice.ts'
import type { Fault } from './faults.ts'
import type { History } from './history.ts'
import type { RunningNode } from './node.ts'
import type { Scheduler } from './scheduler.ts'

export interface ConnectionOptions {
  readonly id: string
  readonly clientId: string
  readonly node: RunningNode
  readonly scheduler: Scheduler
  readonly history: History
  readonly dice: Dice
  readonly fault: Fault | undefined
  readonly onClose: (connection: SimulatedConnection) => void
}

interface Request {
  readonly api: Api
  readonly version: number
  readonly frame: Buffer
  /** Brings the answer to the client. */
  readonly answered: (response: unknown) => void
}

interface Place {
  readonly request: Request
  response: { readonly body: unknown } | undefined
}

interface Settling {
  readonly place: Place
  readonly frame: Buffer
  readonly end: (response: unknown) => void
}

const networkMs = 2
/** A request that is parked for a rebalance waits for minutes; beyond this nobody will ever answer it. */
const patienceMs = 20 * 60_000

/**
 * Both ends of a connection and the network between them. The bytes of requests and answers are real, the order of what
 * the node does with them is that of the server's `Connection`: one at a time unless the API may be pipelined, answers in
 * the order of the requests, the memory of a request used again once it is answered.
 */
export class SimulatedConnection implements ClientConnection {
  readonly #options: ConnectionOptions
  readonly #abort = new AbortController()
  readonly #context: ConnectionContext
  readonly #arrived: Request[] = []
  readonly #line: Place[] = []
  readonly #waiting = new Set<() => void>()
  #exclusive = false
  #isOpen = true
  #requestDueMs = 0
  #answerDueMs = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#context = testConnection({ id: options.id, signal: this.#abort.signal })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Sends a request. Null is the missing answer to acks=0. Rejects with `ConnectionLost`. */
  send<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A> | null> {
    const { clientId, scheduler, history } = this.#options
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) return reject(new ConnectionLost())
      const timer = scheduler.after(patienceMs, () => history.violate(`${clientId}: ${api.name} is never answered`))
      const lost = (): void => {
        timer.cancel()
        reject(new ConnectionLost())
      }
      const answered = (response: unknown): void => {
        timer.cancel()
        this.#waiting.delete(lost)
        resolve(response as ResponseOf<A> | null)
      }
      this.#waiting.add(lost)
      const frame = Buffer.concat(encodeRequestFrame(api, version, 7, clientId, body)).subarray(4)
      this.#requestDueMs = this.#travel(this.#requestDueMs, () => {
        this.#arrived.push({ api, version, frame, answered })
        this.#pump()
      })
    })
  }

  /** As `send`, for a request that must have an answer. */
  async call<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const response = await this.send(api, version, body)
    if (response === null) throw new Error(`${api.name} has no answer`)
    return response
  }

  /** The client learns of it at once, the node a little later: it may still answer into the void. */
  cut(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#options.onClose(this)
    for (const lost of [...this.#waiting]) lost()
    this.#options.scheduler.after(this.#options.dice.delayMs(networkMs), () => this.#abort.abort())
  }

  /** The node stops: what is parked is to be answered. */
  end(): void {
    this.#abort.abort()
  }

  #pump(): void {
    while (this.#isServed && !this.#exclusive) {
      const request = this.#arrived.shift()
      if (!request) return
      this.#start(request)
    }
  }

  /** What arrived before a cut is still served, as it would be out of the socket's buffer; not so when the node has ended. */
  get #isServed(): boolean {
    const { node } = this.#options
    return node.isAlive && !node.isStopping && !this.#abort.signal.aborted
  }

  #start(request: Request): void {
    const { history, node, clientId } = this.#options
    const { api, version } = request
    const decoded = decodeRequest(api, version, request.frame, readRequestHeader(request.frame).bodyAt)
    const end = history.begin({ api, version, clientId, incarnation: node.incarnation, request: decoded })
    // The node works on memory that is used again after the answer.
    const frame = node.pages.take(request.frame.length)
    request.frame.copy(frame)
    const place: Place = { request, response: undefined }
    this.#line.push(place)
    node.unanswered++
    try {
      const { pipelined, answer } = node.dispatch(frame, this.#context)
      if (answer === null || 'length' in answer) {
        this.#settle({ place, frame, end }, answer)
        return
      }
      this.#exclusive = !pipelined
      promised(answer)
        .then(
          settled => this.#settle({ place, frame, end }, settled),
          error => this.#fail(request, frame, error),
        )
        .then(() => {
          if (!pipelined) this.#exclusive = false
          this.#pump()
        })
    } catch (error) {
      this.#fail(request, frame, error)
    }
  }

  #settle({ place, frame, end }: Settling, answer: Answer): void {
    const { node, fault } = this.#options
    const { api, version } = place.request
    const bytes = answer && Buffer.concat(answer).subarray(4)
    for (const chunk of answer ?? []) release(chunk)
    release(frame)
    node.unanswered--
    if (!node.isAlive) return
    const body = bytes && decodeResponseFrame(api, version, bytes).body
    if (body) fault?.answered?.(api.name, body)
    end(body)
    place.response = { body }
    this.#answer()
  }

  #fail({ api }: Request, frame: Buffer, error: unknown): void {
    release(frame)
    // Where the disk has failed, the node is about to end.
    if (!this.#options.node.isAlive || error instanceof StorageError) return
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#options.history.violate(`${api.name} failed: ${text}`, error)
  }

  /** Sends the answers at the head of the line that are there. */
  #answer(): void {
    while (this.#line[0]?.response) {
      const { request, response } = this.#line.shift() as Place
      this.#answerDueMs = this.#travel(this.#answerDueMs, () => {
        if (this.#isOpen) request.answered(response?.body)
      })
    }
  }

  /** Bytes stay in order. Returns when they arrive. */
  #travel(afterMs: number, arrive: () => void): number {
    const { scheduler, dice } = this.#options
    const dueMs = Math.max(afterMs, scheduler.nowMs + dice.delayMs(networkMs))
    scheduler.after(dueMs - scheduler.nowMs, arrive)
    return dueMs
  }
}
