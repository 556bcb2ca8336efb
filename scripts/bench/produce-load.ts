// A process that loads a node with ready-made Produce requests and prints what it measured as one line of JSON.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { percentile } from './table.ts'

export interface ProduceLoad {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly partitions: number
  /** Size of a record batch, about. */
  readonly batchBytes: number
  readonly recordBytes: number
  /** Each record of a batch has a key of its own, the same ones in every batch. */
  readonly keyed?: boolean
  readonly connections: number
  /** Requests that are under way on each connection. */
  readonly inFlight: number
  readonly warmMs: number
  readonly measuredMs: number
}

export interface ProduceFigures {
  /** 10^6 bytes of record batches acknowledged a second. */
  readonly megabytesPerSecond: number
  readonly requestsPerSecond: number
  readonly recordsPerSecond: number
  /** From the write of a request to its answer, microseconds. */
  readonly p50: number
  readonly p99: number
  readonly acknowledgedBytes: number
}

const version = 9
const correlationAt = 8
const sampledMax = 4_000_000

if (process.argv[2]) {
  const figures = await measure(JSON.parse(process.argv[2]) as ProduceLoad)
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  process.exit(0)
}

async function measure(load: ProduceLoad): Promise<ProduceFigures> {
  const { batch, records } = fullBatch(load)
  const frames = Array.from({ length: load.partitions }, (_, partition) => produceFrame(load.topic, partition, batch))
  const latencies = new Float64Array(sampledMax)
  let measuring = false
  let answered = 0
  const onAnswer = (microseconds: number): void => {
    if (measuring && answered < sampledMax) latencies[answered++] = microseconds
  }
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load)))
  sockets.forEach((socket, at) => {
    drive({ socket, frames, firstPartition: at, step: load.connections, inFlight: load.inFlight, onAnswer })
  })
  await pass(load.warmMs)
  process.send?.('measuring')
  measuring = true
  const startMs = performance.now()
  await pass(load.measuredMs)
  measuring = false
  const seconds = (performance.now() - startMs) / 1e3
  const sorted = latencies.subarray(0, answered).sort()
  for (const socket of sockets) socket.destroy()
  return {
    megabytesPerSecond: (answered * batch.length) / 1e6 / seconds,
    requestsPerSecond: answered / seconds,
    recordsPerSecond: (answered * records) / seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    acknowledgedBytes: answered * batch.length,
  }
}

/** Keeps `inFlight` requests under way on one connection, round robin over the partitions. */
function drive(options: {
  socket: Socket
  frames: readonly (readonly Buffer[])[]
  firstPartition: number
  step: number
  inFlight: number
  onAnswer: (microseconds: number) => void
}): void {
  const { socket, frames, inFlight, onAnswer } = options
  const sentAt: number[] = []
  let sent = 0
  let received: Buffer = Buffer.alloc(0)
  const send = (): void => {
    const [first, ...rest] = frames[(options.firstPartition + sent * options.step) % frames.length]!
    const head = Buffer.from(first!)
    head.writeInt32BE(sent++, correlationAt)
    sentAt.push(performance.now())
    socket.write(head)
    for (const piece of rest) socket.write(piece)
  }
  const sendAll = (count: number): void => {
    socket.cork()
    for (let at = 0; at < count; at++) send()
    socket.uncork()
  }
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    let answers = 0
    const nowMs = performance.now()
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      const bytes = 4 + received.readInt32BE(0)
      check(received.subarray(4, bytes))
      received = received.subarray(bytes)
      onAnswer((nowMs - sentAt.shift()!) * 1e3)
      answers++
    }
    sendAll(answers)
  })
  sendAll(inFlight)
}

function check(answer: Buffer): void {
  const { body } = decodeResponseFrame(produceApi, version, answer)
  const code = body.responses[0]?.partitionResponses[0]?.errorCode
  if (code !== 0) throw new Error(`the node refused a batch with error ${code}`)
}

function fullBatch(load: ProduceLoad): { batch: Buffer; records: number } {
  const value = Buffer.alloc(load.recordBytes, 'streamctl ')
  const builder = new BatchBuilder({ bytesMax: load.batchBytes })
  let records = 0
  const key = (): Buffer | null => (load.keyed ? Buffer.from(`key-${records}`) : null)
  while (builder.append(1_700_000_000_000 + records, key(), value)) records++
  return { batch: builder.build(), records }
}

/** In pieces, of which the largest is the batch, the same one in all frames: a thousand partitions then need no more memory. */
function produceFrame(topic: string, partition: number, records: Buffer): readonly Buffer[] {
  const body = {
    transactionalId: null,
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  }
  return encodeRequestFrame(produceApi, version, 0, 'bench', body)
}

async function open({ host, port }: ProduceLoad): Promise<Socket> {
  const socket = connect(port, host)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  return socket
}

function pass(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
