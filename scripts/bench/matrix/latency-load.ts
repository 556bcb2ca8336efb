// A process that sends records that are due at a fixed rate, whatever the answers do, each with the time at which it was due: a
// server that stalls is charged for all that came meanwhile. Prints what was acknowledged as a line of JSON.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import { BatchBuilder } from '../../../src/protocol/records/build.ts'
import { Mark, nowMs, stamp } from './latency-stamp.ts'

export interface LatencyLoad {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly partitions: number
  readonly recordsPerSecond: number
  readonly recordBytes: number
  readonly warmMs: number
  readonly measuredMs: number
}

/** How often the records that are due are sent, in one batch: a producer's linger.ms. */
const tickMs = 1
/** As Kafka's own producer: what is due while so many wait for their answers goes in a larger batch later. */
const batchesInFlight = 5
const batchBytesMax = 900 * 1024
const version = 9
const drainLimitMs = 10_000
const warmLagMs = 20

if (process.argv[2]) {
  await send(JSON.parse(process.argv[2]) as LatencyLoad)
  process.stdout.write('{}\n')
  process.exit(0)
}

async function send(load: LatencyLoad): Promise<void> {
  const socket = connect(load.port, load.host)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  let answers = 0
  countAnswers(socket, () => answers++)
  const beginMs = nowMs()
  const measuredFromMs = beginMs + load.warmMs
  const endMs = measuredFromMs + load.measuredMs
  const batchRecords = Math.max(1, Math.floor(batchBytesMax / load.recordBytes))
  const dueOf = (record: number): number => beginMs + (record * 1e3) / load.recordsPerSecond
  const markOf = (dueMs: number): number => (dueMs < measuredFromMs ? Mark.warm : Mark.measured)
  const total = Math.floor(((load.warmMs + load.measuredMs) * load.recordsPerSecond) / 1e3)
  const limitMs = endMs + drainLimitMs
  let sent = 0
  let batches = 0
  while (sent < total && nowMs() < limitMs) {
    const due = Math.min(total, Math.floor(((nowMs() - beginMs) * load.recordsPerSecond) / 1e3))
    // What a server could not take while it warmed up is not held against it.
    if (nowMs() < measuredFromMs) sent = Math.max(sent, due - Math.ceil((load.recordsPerSecond * warmLagMs) / 1e3))
    while (sent < due && batches - answers < batchesInFlight) {
      const dues = Array.from({ length: Math.min(due - sent, batchRecords) }, (_, at) => dueOf(sent + at))
      write(socket, load, batches++ % load.partitions, batchOf(load, dues, markOf))
      sent += dues.length
    }
    await new Promise(resolve => setTimeout(resolve, tickMs))
  }
  for (let partition = 0; partition < load.partitions; partition++, batches++)
    write(
      socket,
      load,
      partition,
      batchOf(load, [nowMs()], () => Mark.end),
    )
  while (answers < batches && nowMs() < limitMs) await new Promise(resolve => setTimeout(resolve, tickMs))
  socket.destroy()
}

function batchOf({ recordBytes }: LatencyLoad, dues: readonly number[], markOf: (dueMs: number) => number): Buffer {
  const value = Buffer.alloc(recordBytes, 'streamctl ')
  const builder = new BatchBuilder()
  for (const dueMs of dues) {
    stamp(value, dueMs, markOf(dueMs))
    builder.append(Date.now(), null, value)
  }
  return builder.build()
}

function write(socket: Socket, { topic }: LatencyLoad, index: number, records: Buffer): void {
  const topicData = [{ name: topic, partitionData: [{ index, records }] }]
  const body = { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }
  socket.cork()
  for (const piece of encodeRequestFrame(produceApi, version, 0, 'bench', body)) socket.write(piece)
  socket.uncork()
}

function countAnswers(socket: Socket, onAnswer: () => void): void {
  let received: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      received = received.subarray(4 + received.readInt32BE(0))
      onAnswer()
    }
  })
}
