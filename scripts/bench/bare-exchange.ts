// What an acknowledgement from the disk costs in this runtime without a log: a request over TCP to another process, handed to a
// thread of it, written over a block of a file, synced, and answered. Forked by the benchmarks; with `worker` it is the thread.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const blocks = 512

/** One connection to such a process, and one request at a time. */
export class BareExchange {
  readonly #child: ChildProcess
  readonly #socket: Socket
  readonly #request: Buffer

  /** `blockBytes` are written for each request of `requestBytes`. */
  static async open(options: { directory: string; requestBytes: number; blockBytes: number }): Promise<BareExchange> {
    const file = path.join(options.directory, 'bare-exchange.bin')
    const child = fork(import.meta.filename, [file, String(options.requestBytes), String(options.blockBytes)])
    process.once('exit', () => child.kill('SIGKILL'))
    const [port] = (await once(child, 'message')) as [number]
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    await once(socket, 'connect')
    return new BareExchange(child, socket, Buffer.alloc(options.requestBytes, 'x'))
  }

  private constructor(child: ChildProcess, socket: Socket, request: Buffer) {
    this.#child = child
    this.#socket = socket
    this.#request = request
  }

  async call(): Promise<void> {
    this.#socket.write(this.#request)
    await once(this.#socket, 'data')
  }

  async close(): Promise<void> {
    this.#socket.destroy()
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }
}

/** The process: whole requests go to the thread, its answers to the socket. */
async function serve(file: string, requestBytes: number, blockBytes: number): Promise<void> {
  const worker = new Worker(import.meta.filename, { workerData: { file, blockBytes } })
  await once(worker, 'message')
  const server = createServer({ noDelay: true }, socket => {
    let received = 0
    worker.on('message', () => socket.write(Buffer.alloc(64)))
    socket.on('data', chunk => {
      received += chunk.length
      if (received < requestBytes) return
      received -= requestBytes
      worker.postMessage('write')
    })
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
  process.once('disconnect', () => {
    rmSync(file)
    process.exit()
  })
}

/** The thread. */
function writeBlocks({ file, blockBytes }: { readonly file: string; readonly blockBytes: number }): void {
  const block = Buffer.alloc(blockBytes, 0x5a)
  const descriptor = openSync(file, 'w')
  process.once('exit', () => closeSync(descriptor))
  for (let at = 0; at < blocks; at++) writeSync(descriptor, block, 0, block.length, at * block.length)
  fdatasyncSync(descriptor)
  let at = 0
  parentPort!.on('message', () => {
    writeSync(descriptor, block, 0, block.length, (at++ % blocks) * block.length)
    fdatasyncSync(descriptor)
    parentPort!.postMessage('written')
  })
  parentPort!.postMessage('open')
}

if (!isMainThread && parentPort) writeBlocks(workerData)
else if (process.argv[1] === import.meta.filename) {
  const [file, requestBytes, blockBytes] = process.argv.slice(2) as [string, string, string]
  await serve(file, Number(requestBytes), Number(blockBytes))
}
