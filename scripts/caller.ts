import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Api, RequestInput, ResponseOf } from '../src/protocol/codec.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../src/protocol/frame.ts'

/** Only what hangs is to be caught by this. */
const answerLimitMs = 120_000

/** One connection to a node that sends one request after the other. */
export class Caller {
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #received = 0
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

  // Joined once: an answer of many megabytes comes in hundreds of chunks.
  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    if (this.#received < 4) return
    if (this.#chunks[0]!.length < 4) this.#chunks = [Buffer.concat(this.#chunks)]
    if (this.#received < 4 + this.#chunks[0]!.readInt32BE(0)) return
    const frame = Buffer.concat(this.#chunks).subarray(4)
    this.#chunks = []
    this.#received = 0
    this.#answered(frame)
  }
}
