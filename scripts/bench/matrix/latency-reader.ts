// A process that consumes a topic from its start as records come, and prints how old those that are measured were when they
// had arrived, as a line of JSON.
import { once } from 'node:events'
import { connect } from 'node:net'
import { decodeResponseFrame, encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { batchesIn, batchLastOffset } from '../../../src/protocol/records/batch.ts'
import { forEachRecord } from '../../../src/protocol/records/record.ts'
import { framesOf } from '../frames.ts'
import { percentile } from '../table.ts'
import { Mark, nowMs, readStamp } from './latency-stamp.ts'

export interface LatencyReader {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly partitions: number
  /** When to give up. */
  readonly limitMs: number
}

export interface LatencyFigures {
  /** Measured records that arrived. */
  readonly records: number
  /** All that was sent has arrived. */
  readonly complete: boolean
  /** From when a record was due to when the consumer had it, milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

const version = 11

if (process.argv[2]) {
  const figures = await read(JSON.parse(process.argv[2]) as LatencyReader)
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  process.exit(0)
}

async function read(options: LatencyReader): Promise<LatencyFigures> {
  const socket = connect(options.port, options.host)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const answers = framesOf(socket)
  const offsets = new Map(Array.from({ length: options.partitions }, (_, partition) => [partition, 0]))
  const ages: number[] = []
  let ended = 0
  const giveUp = setTimeout(() => socket.destroy(), options.limitMs)
  process.send?.('reading')
  while (ended < options.partitions) {
    socket.write(request(options.topic, offsets))
    const { value: frame } = await answers.next().catch(() => ({ value: undefined }))
    if (!frame) break
    const arrivedMs = nowMs()
    for (const { partitionIndex, records } of partitionsIn(frame)) {
      for (const at of records ? batchesIn(records) : []) {
        forEachRecord(records!, at, view => {
          const { dueMs, mark } = readStamp(view.buffer, view.valueStart)
          if (mark === Mark.measured) ages.push(arrivedMs - dueMs)
          if (mark === Mark.end) ended++
        })
        offsets.set(partitionIndex, batchLastOffset(records!, at) + 1)
      }
    }
  }
  clearTimeout(giveUp)
  const sorted = Float64Array.from(ages).sort()
  return {
    records: sorted.length,
    complete: ended === options.partitions,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    p999: percentile(sorted, 0.999),
    max: percentile(sorted, 1),
  }
}

function request(topic: string, offsets: ReadonlyMap<number, number>): Buffer {
  const partitionMaxBytes = 1024 * 1024
  const partitions = Array.from(offsets, ([partition, fetchOffset]) => ({ partition, fetchOffset, partitionMaxBytes }))
  const maxBytes = 50 * 1024 * 1024
  const body = { maxWaitMs: 500, minBytes: 1, maxBytes, topics: [{ topic, partitions }], forgottenTopicsData: [] }
  return Buffer.concat(encodeRequestFrame(fetchApi, version, 0, 'bench', body))
}

function partitionsIn(frame: Buffer) {
  const { responses } = decodeResponseFrame(fetchApi, version, frame).body
  for (const { errorCode } of responses.flatMap(({ partitions }) => partitions))
    if (errorCode !== 0) throw new Error(`the server answered a fetch with error ${errorCode}`)
  return responses.flatMap(({ partitions }) => partitions)
}
