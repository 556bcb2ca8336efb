// A process that reads a topic from its start to its end, as a consumer does, and prints what it measured as a line of JSON.
import { once } from 'node:events'
import { connect } from 'node:net'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { batchesIn, batchLastOffset } from '../../src/protocol/records/batch.ts'
import { framesOf } from './frames.ts'

export interface ScanLoad {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly partitions: number
}

export interface ScanFigures {
  /** 10^6 bytes of record batches a second. */
  readonly megabytesPerSecond: number
  readonly bytes: number
}

const version = 11
/** What Kafka's consumers ask for: fetch.max.bytes and max.partition.fetch.bytes. */
const maxBytes = 50 * 1024 * 1024
const partitionMaxBytes = 1024 * 1024

if (process.argv[2]) {
  const figures = await scan(JSON.parse(process.argv[2]) as ScanLoad)
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  process.exit(0)
}

async function scan({ host, port, topic, partitions }: ScanLoad): Promise<ScanFigures> {
  const socket = connect(port, host)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const answers = framesOf(socket)
  const offsets = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0]))
  const startMs = performance.now()
  let bytes = 0
  while (offsets.size > 0) {
    // Those that were asked last come last: with a limit for the whole answer, each gets its turn.
    socket.write(request(topic, offsets))
    const { value: frame } = await answers.next()
    if (!frame) throw new Error('the node closed the connection')
    for (const { partitionIndex, errorCode, records, highWatermark } of partitionsIn(frame)) {
      if (errorCode !== 0) throw new Error(`the node answered a fetch with error ${errorCode}`)
      if (!records || records.length === 0) continue
      bytes += records.length
      const next = endOf(records)
      offsets.delete(partitionIndex)
      if (next < highWatermark) offsets.set(partitionIndex, next)
    }
  }
  return { megabytesPerSecond: bytes / 1e3 / (performance.now() - startMs), bytes }
}

function request(topic: string, offsets: ReadonlyMap<number, number>): Buffer {
  const partitions = Array.from(offsets, ([partition, fetchOffset]) => ({ partition, fetchOffset, partitionMaxBytes }))
  const body = { maxWaitMs: 500, minBytes: 1, maxBytes, topics: [{ topic, partitions }], forgottenTopicsData: [] }
  return Buffer.concat(encodeRequestFrame(fetchApi, version, 0, 'bench', body))
}

function partitionsIn(frame: Buffer) {
  return decodeResponseFrame(fetchApi, version, frame).body.responses.flatMap(({ partitions }) => partitions)
}

function endOf(records: Buffer): number {
  let end = 0
  for (const at of batchesIn(records)) end = batchLastOffset(records, at) + 1
  return end
}
