import net from 'node:net'

/** Kafka's wire written by hand, independently of the codecs under test: non-flexible versions only. */
export const bytes = {
  int8: (value: number) => number(1, value),
  int16: (value: number) => number(2, value),
  int32: (value: number) => number(4, value),
  int64: (value: number) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64BE(BigInt(value))
    return buffer
  },
  string: (value: string | null) =>
    value === null ? number(2, -1) : Buffer.concat([number(2, Buffer.byteLength(value)), Buffer.from(value)]),
  blob: (value: Buffer | null) => (value === null ? number(4, -1) : Buffer.concat([number(4, value.length), value])),
  array: (items: readonly Buffer[]) => Buffer.concat([number(4, items.length), ...items]),
}

function number(size: number, value: number): Buffer {
  const buffer = Buffer.alloc(size)
  buffer.writeIntBE(value, 0, size)
  return buffer
}

/** A frame with request header v1, as non-flexible requests have it, or v2 with empty tagged fields. */
export function requestFrame(options: {
  apiKey: number
  version: number
  correlationId?: number
  body: Buffer
  flexible?: boolean
}): Buffer {
  const frame = Buffer.concat([
    bytes.int16(options.apiKey),
    bytes.int16(options.version),
    bytes.int32(options.correlationId ?? 1),
    bytes.string('test'),
    options.flexible ? bytes.int8(0) : Buffer.alloc(0),
    options.body,
  ])
  return bytes.blob(frame)
}

/** A connection that speaks frames. */
export interface WireConnection {
  readonly send: (frame: Buffer) => void
  /** The next frame without its length prefix; rejects when the connection ends first. */
  readonly receive: () => Promise<Buffer>
  /** Resolves when the other side has ended the connection. */
  readonly closed: Promise<void>
  readonly isClosed: () => boolean
  readonly destroy: () => void
  /** Stops reading what the other side sends. */
  readonly pause: () => void
  /** Half-closes: nothing more will be sent. */
  readonly end: () => void
  /** Sends a request and returns the body behind the response header v0. */
  readonly request: (apiKey: number, version: number, body: Buffer) => Promise<Buffer>
}

/** Opens a connection to HOST:PORT. */
export async function connect(address: string): Promise<WireConnection> {
  const at = address.lastIndexOf(':')
  const socket = net.connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let received: Buffer = Buffer.alloc(0)
  let ended = false
  let waiting: (() => void)[] = []
  const wake = (): void => {
    for (const action of waiting.splice(0)) action()
  }
  const closed = new Promise<void>(resolve => {
    const end = (): void => {
      ended = true
      resolve()
      wake()
    }
    // A reset is an end like any other here.
    socket.on('error', end)
    socket.on('end', end)
    socket.on('close', end)
  })
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    wake()
  })
  const frame = (): Buffer | undefined => {
    if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return undefined
    const size = received.readInt32BE(0)
    const whole = received.subarray(4, 4 + size)
    received = received.subarray(4 + size)
    return whole
  }
  const receive = async (): Promise<Buffer> => {
    for (;;) {
      const whole = frame()
      if (whole) return whole
      if (ended) throw new Error('the connection was closed')
      await new Promise<void>(resolve => {
        waiting = [...waiting, resolve]
      })
    }
  }
  const send = (data: Buffer): void => void socket.write(data)
  let correlationId = 0
  return {
    send,
    receive,
    closed,
    isClosed: () => ended,
    destroy: () => void socket.destroy(),
    pause: () => void socket.pause(),
    end: () => void socket.end(),
    async request(apiKey, version, body) {
      correlationId++
      send(requestFrame({ apiKey, version, correlationId, body }))
      const answer = await receive()
      if (answer.readInt32BE(0) !== correlationId) throw new Error('the answer belongs to another request')
      return answer.subarray(4)
    },
  }
}

/** Runs `work` on a connection of its own. */
export async function withConnection<T>(address: string, work: (connection: WireConnection) => Promise<T>): Promise<T> {
  const connection = await connect(address)
  try {
    return await work(connection)
  } finally {
    connection.destroy()
  }
}
