// A process that loads redis-server with XADD or JetStream with PUB and prints what it measured as one line of JSON: the
// same loop as produce-load.ts, one record a request.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { percentile } from '../table.ts'
import { natsAnswers, respAnswers } from './answers.ts'

export interface WriteLoad {
  readonly protocol: 'redis' | 'nats'
  readonly host: string
  readonly port: number
  readonly valueBytes: number
  readonly connections: number
  /** Records that are under way on each connection. */
  readonly inFlight: number
  readonly warmMs: number
  readonly measuredMs: number
}

export interface WriteFigures {
  readonly recordsPerSecond: number
  /** 10^6 bytes of values a second. */
  readonly megabytesPerSecond: number
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  readonly acknowledgedBytes: number
}

const sampledMax = 8_000_000

if (process.argv[2]) {
  process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2]) as WriteLoad))}\n`)
  process.exit(0)
}

async function measure(load: WriteLoad): Promise<WriteFigures> {
  const latencies = new Float64Array(sampledMax)
  let measuring = false
  let answered = 0
  const onAnswer = (microseconds: number): void => {
    if (!measuring) return
    if (answered < sampledMax) latencies[answered] = microseconds
    answered++
  }
  const sockets: Socket[] = []
  for (let at = 0; at < load.connections; at++) sockets.push(await open(load, at))
  for (const [at, socket] of sockets.entries()) drive(socket, load, commandOf(load, at), onAnswer)
  await pass(load.warmMs)
  process.send?.('measuring')
  measuring = true
  const startMs = performance.now()
  await pass(load.measuredMs)
  measuring = false
  const seconds = (performance.now() - startMs) / 1e3
  const sorted = latencies.subarray(0, Math.min(answered, sampledMax)).sort()
  return {
    recordsPerSecond: answered / seconds,
    megabytesPerSecond: (answered * load.valueBytes) / 1e6 / seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    acknowledgedBytes: answered * load.valueBytes,
  }
}

/** One record: to a stream for each connection in Redis, to one subject for each in NATS, all of one stream. */
function commandOf({ protocol, valueBytes }: WriteLoad, connection: number): Buffer {
  const value = Buffer.alloc(valueBytes, 'streamctl ')
  const subject = `load.${connection}`
  const head =
    protocol === 'redis'
      ? `*5\r\n$4\r\nXADD\r\n$${subject.length}\r\n${subject}\r\n$1\r\n*\r\n$1\r\nv\r\n$${valueBytes}\r\n`
      : `PUB ${subject} ${inboxOf(connection)} ${valueBytes}\r\n`
  return Buffer.concat([Buffer.from(head), value, Buffer.from('\r\n')])
}

function inboxOf(connection: number): string {
  return `_INBOX.bench${connection}`
}

async function open({ protocol, host, port }: WriteLoad, connection: number): Promise<Socket> {
  const socket = connect(port, host)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  if (protocol === 'nats') await beginNats(socket, connection)
  return socket
}

/** Says hello, listens to the inbox, and makes the stream with the first connection. */
async function beginNats(socket: Socket, connection: number): Promise<void> {
  const inbox = inboxOf(connection)
  socket.write(`CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\nSUB ${inbox} 1\r\n`)
  if (connection > 0) return
  const stream = JSON.stringify({ name: 'LOAD', subjects: ['load.*'], storage: 'file', retention: 'limits' })
  const made = new Promise<string | undefined>((resolve, reject) => {
    const answers = natsAnswers(resolve, text => socket.write(text))
    socket.on('data', (chunk: Buffer) => {
      try {
        answers.read(chunk)
      } catch (error) {
        reject(error as Error)
      }
    })
    socket.write(`PUB $JS.API.STREAM.CREATE.LOAD ${inbox} ${stream.length}\r\n${stream}\r\n`)
  })
  const refusal = await made
  socket.removeAllListeners('data')
  if (refusal !== undefined) throw new Error(`nats-server makes no stream: ${refusal}`)
}

/** Keeps so many records under way; answers come in the order of the records. */
function drive(socket: Socket, load: WriteLoad, command: Buffer, onAnswer: (microseconds: number) => void): void {
  // A ring of the times of what is under way: an array that is shifted would cost more than the servers.
  const sentAt = new Float64Array(load.inFlight)
  let sent = 0
  let received = 0
  let nowMs = 0
  const accept = (refusal: string | undefined): void => {
    if (refusal !== undefined) throw new Error(`a record was refused: ${refusal}`)
    onAnswer((nowMs - sentAt[received++ % load.inFlight]!) * 1e3)
  }
  const answers = load.protocol === 'redis' ? respAnswers(accept) : natsAnswers(accept, text => void socket.write(text))
  const sendAll = (): void => {
    const count = load.inFlight - (sent - received)
    if (count === 0) return
    const at = performance.now()
    for (let index = 0; index < count; index++) sentAt[sent++ % load.inFlight] = at
    // Small records travel as one piece: a call each would make the client the limit.
    if (command.length < 4096) socket.write(Buffer.concat(Array.from({ length: count }, () => command)))
    else {
      socket.cork()
      for (let index = 0; index < count; index++) socket.write(command)
      socket.uncork()
    }
  }
  socket.on('data', (chunk: Buffer) => {
    nowMs = performance.now()
    answers.read(chunk)
    sendAll()
  })
  sendAll()
}

function pass(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
