import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { type Broker, startBroker } from '../../src/broker/broker.ts'
import { resolveConfiguration } from '../../src/config/resolve.ts'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/codec.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { batchBytes, batchesIn } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { checkBatch } from '../../src/protocol/records/check.ts'
import { forEachRecord } from '../../src/protocol/records/record.ts'
import { seededRandom } from '../support/simulated-env.ts'

// Requests, the cache and answers share memory that is written over and over: whatever happens at the same time, every
// record must come out as it went in.

const topic = 'recycled'
const partitions = 4
const roundsPerProducer = 20
const produceVersion = 9
const fetchVersion = 12

let directory: string
let broker: Broker
const sockets: Socket[] = []

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'streamctl-test-'))
  broker = await startBroker({
    env: systemEnv(),
    // A small cache lets go of pages early.
    configuration: resolveConfiguration({ flags: { 'streamctl.cache.bytes': String(8 * 1024 * 1024) } }),
    directory,
    listeners: [{ bind: { host: '127.0.0.1', port: 0 }, advertise: undefined }],
    onFatal: error => {
      throw error
    },
  })
  await call(await open(), createTopicsApi, 7, {
    topics: [{ name: topic, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 5_000,
    validateOnly: false,
  })
})

afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await broker.close()
  rmSync(directory, { recursive: true, force: true })
})

async function open(): Promise<Socket> {
  const socket = connect(broker.addresses[0]!.port, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

async function call<A extends Api>(
  socket: Socket,
  api: A,
  version: number,
  body: RequestInput<A>,
): Promise<ResponseOf<A>> {
  send(socket, api, version, body)
  return answerOf(socket, api, version)
}

function send<A extends Api>(socket: Socket, api: A, version: number, body: RequestInput<A>): void {
  for (const chunk of encodeRequestFrame(api, version, 1, 'test', body)) socket.write(chunk)
}

async function answerOf<A extends Api>(socket: Socket, api: A, version: number): Promise<ResponseOf<A>> {
  let received = Buffer.alloc(0)
  while (received.length < 4 || received.length < 4 + received.readInt32BE(0)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    received = Buffer.concat([received, chunk])
  }
  return decodeResponseFrame(api, version, received.subarray(4)).body
}

const digest = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')

/** A record whose value can be told to be whole: its key is the digest. */
function batchOf(random: ReturnType<typeof seededRandom>, producer: number, round: number): Buffer {
  const builder = new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY })
  const value = Buffer.alloc(random.below(10) === 0 ? 300_000 : 1 + random.below(40_000), `${producer}.${round}.`)
  value.writeUInt8(random.below(256), random.below(value.length))
  builder.append(1_700_000_000_000, Buffer.from(digest(value)), value)
  return builder.build()
}

async function produce(producer: number): Promise<void> {
  const random = seededRandom(producer)
  const socket = await open()
  for (let round = 0; round < roundsPerProducer; round++) {
    const partitionData = Array.from({ length: 1 + random.below(partitions) }, (_, index) => ({
      index,
      records: batchOf(random, producer, round),
    }))
    const body = { transactionalId: null, acks: -1, timeoutMs: 5_000, topicData: [{ name: topic, partitionData }] }
    const { responses } = await call(socket, produceApi, produceVersion, body)
    expect(responses[0]!.partitionResponses.every(({ errorCode }) => errorCode === 0)).toBe(true)
  }
}

/** Reads a partition until its end stands still after `isOver`. Returns how many records were whole, in order. */
async function read(partition: number, isOver: () => boolean): Promise<number> {
  const socket = await open()
  let offset = 0
  for (;;) {
    const ending = isOver()
    const { records, highWatermark } = fetched(
      await call(socket, fetchApi, fetchVersion, fetchRequest([{ partition, offset }])),
    )
    offset = checkRecords(records, offset)
    if (ending && offset === highWatermark) return offset
  }
}

/** Every record must be whole, and their offsets without gaps. Returns the next offset. */
function checkRecords(records: Buffer, firstOffset: number): number {
  let offset = firstOffset
  for (const at of batchesIn(records)) {
    checkBatch(records.subarray(at, at + batchBytes(records, at)))
    forEachRecord(records, at, record => {
      expect(record.offset).toBe(offset++)
      expect(digest(record.value!)).toBe(record.key!.toString())
    })
  }
  return offset
}

function fetchRequest(places: readonly { partition: number; offset: number }[]): RequestInput<typeof fetchApi> {
  const partitions = places.map(({ partition, offset }) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: offset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 8_000_000,
  }))
  return {
    maxWaitMs: 50,
    minBytes: 1,
    maxBytes: 32_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic, partitions }],
    forgottenTopicsData: [],
    rackId: '',
  }
}

function fetched(answer: ResponseOf<typeof fetchApi>) {
  const { records, highWatermark } = answer.responses[0]!.partitions[0]!
  return { records: records ?? Buffer.alloc(0), highWatermark }
}

function produceAll(firstProducer: number): Promise<unknown> {
  return Promise.all(Array.from({ length: 6 }, (_, producer) => produce(firstProducer + producer)))
}

/** Reads everything. */
function endOffsets(): Promise<number[]> {
  return Promise.all(Array.from({ length: partitions }, (_, partition) => read(partition, () => true)))
}

test('memory that is used again never shows in what readers get, live or later', async () => {
  const written = produceAll(0)
  let isOver = false
  const live = Array.from({ length: partitions }, (_, partition) => read(partition, () => isOver))
  await written
  isOver = true
  const liveCounts = await Promise.all(live)
  expect(await endOffsets()).toEqual(liveCounts)
  expect(liveCounts[0]).toBe(6 * roundsPerProducer)
})

test('nor when nobody reads while it is written', async () => {
  const before = await endOffsets()
  await produceAll(100)
  const after = await endOffsets()
  expect(after[0]! - before[0]!).toBe(6 * roundsPerProducer)
})

test('an answer that its client is slow to take stays what it was', async () => {
  const ends = await endOffsets()
  // More than the sockets' buffers hold.
  await Promise.all([200, 201, 202].map(produce))
  const socket = (await open()).pause()
  send(socket, fetchApi, fetchVersion, fetchRequest(ends.map((offset, partition) => ({ partition, offset }))))
  await produceAll(300)
  const { responses } = await answerOf(socket.resume(), fetchApi, fetchVersion)
  for (const { partitionIndex, records } of responses[0]!.partitions) {
    const first = ends[partitionIndex]!
    expect(checkRecords(records!, first)).toBeGreaterThan(first)
  }
})
