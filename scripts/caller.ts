import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Api, RequestInput, ResponseOf } from '../src/protocol/codec.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../src/protocol/frame.ts'

/** Only what hangs is to be caught by this. */
const answerLimitMs = 120_000

/** One connection to a node that sends one request after the other. */
export class Caller {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #answered: (frame: Buffer) => void = () => {}
  #closed: (error: Error) => void = () => {}

  static async open({ host, port }: { readonly host: string; readonly port: number }): Promise<Caller> {
    const socket = connect(port, host)
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return new Caller(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', error => this.#closed(error))
    socket.on('close', () => this.#closed(new Error('the node closed the connection')))
  }

  call<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${api.name} v${version}`)), answerLimitMs)
      this.#closed = error => {
        clearTimeout(timer)
        reject(error)
      }
      this.#answered = frame => {
        clearTimeout(timer)
        resolve(decodeResponseFrame(api, version, frame).body)
      }
      this.#socket.cork()
      for (const chunk of encodeRequestFrame(api, version, 1, 'bench', body)) this.#socket.write(chunk)
      this.#socket.uncork()
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    if (this.#received.length < 4 || this.#received.length < 4 + this.#received.readInt32BE(0)) return
    const frame = this.#received.subarray(4)
    this.#received = Buffer.alloc(0)
    this.#answered(frame)
  }
}
