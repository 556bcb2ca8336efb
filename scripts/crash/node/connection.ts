import { connect, type Socket } from 'node:net'
import { FrameAssembler } from '../../../src/client/frame-assembler.ts'
import { type Api, decodeRequest, type RequestInput, type ResponseOf } from '../../../src/protocol/codec.ts'
import { decodeResponseFrame, encodeRequestFrame, readRequestHeader } from '../../../src/protocol/frame.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import { type ClientConnection, ConnectionLost } from '../../simulate/client-world.ts'
import type { History } from '../../simulate/history.ts'

export interface WireOptions {
  readonly host: string
  readonly port: number
  readonly clientId: string
  readonly incarnation: number
  readonly history: History
}

interface Pending {
  readonly api: Api
  readonly version: number
  readonly end: (response: unknown) => void
  readonly answered: (response: unknown) => void
  readonly lost: () => void
}

/**
 * A client's connection to a node that is a process. What it sends and gets goes into the history when it is sent and got:
 * whatever the checks conclude from the order of these holds all the more for the node.
 */
export class WireConnection implements ClientConnection {
  readonly #options: WireOptions
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  #correlationId = 0
  #isOpen = true
  /** Settled when nothing more can come. */
  readonly closed: Promise<void>

  constructor(options: WireOptions) {
    this.#options = options
    const { host, port } = options
    this.#socket = connect({ host, port, noDelay: true })
    const assembler = new FrameAssembler(frame => this.#receive(frame))
    this.#socket.on('data', (chunk: Buffer) => this.#guard(() => assembler.push(chunk)))
    this.#socket.on('error', () => {})
    this.closed = new Promise(resolve => {
      this.#socket.on('close', () => {
        this.#lose()
        resolve()
      })
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** False if there is nobody. */
  connected(): Promise<boolean> {
    return new Promise(resolve => {
      this.#socket.once('connect', () => resolve(true))
      this.#socket.once('close', () => resolve(false))
    })
  }

  send<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A> | null> {
    const { clientId, incarnation, history } = this.#options
    if (!this.#isOpen) return Promise.reject(new ConnectionLost())
    const correlationId = ++this.#correlationId
    const bytes = Buffer.concat(encodeRequestFrame(api, version, correlationId, clientId, body))
    const frame = bytes.subarray(4)
    const request = decodeRequest(api, version, frame, readRequestHeader(frame).bodyAt)
    const end = history.begin({ api, version, clientId, incarnation, request })
    this.#socket.write(bytes)
    if (api.key === produceApi.key && (request as unknown as { acks: number }).acks === 0) {
      end(null)
      return Promise.resolve(null)
    }
    return new Promise((resolve, reject) => {
      const answered = resolve as (response: unknown) => void
      this.#pending.set(correlationId, { api, version, end, answered, lost: () => reject(new ConnectionLost()) })
    })
  }

  async call<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const response = await this.send(api, version, body)
    if (response === null) throw new Error(`${api.name} has no answer`)
    return response
  }

  /** What was sent still arrives. */
  cut(): void {
    this.#lose()
    this.#socket.end()
  }

  /** Takes no answers any more, while the node goes on with what it was sent. */
  deafen(): void {
    this.#socket.pause()
  }

  /** After `deafen`, when the node is gone. */
  destroy(): void {
    this.#socket.destroy()
  }

  #receive(frame: Buffer): void {
    const correlationId = frame.readInt32BE(0)
    const pending = this.#pending.get(correlationId)
    if (!pending) return
    this.#pending.delete(correlationId)
    const { body } = decodeResponseFrame(pending.api, pending.version, frame)
    pending.end(body)
    pending.answered(body)
  }

  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#options.history.violate(`an answer that cannot be read: ${error}`, error)
    }
  }

  /** The history learns of it when the node is gone: until then the request may still have an effect. */
  #lose(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const { lost } of this.#pending.values()) lost()
    this.#pending.clear()
  }
}
