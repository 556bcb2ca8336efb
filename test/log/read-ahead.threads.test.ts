import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Services } from '../../src/api/handle.ts'
import type { Env } from '../../src/base/env.ts'
import { Loans, PagePool, release } from '../../src/base/page-pool.ts'
import { noMetrics, systemClock } from '../../src/base/system-env.ts'
import { LogCompaction } from '../../src/log/compact-logs.ts'
import type { Partition } from '../../src/log/partition.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { encodeRequestFrame } from '../../src/protocol/frame.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { batchesIn } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { dispatcher } from '../../src/server/dispatch.ts'
import { FrameMemory } from '../../src/server/frame-memory.ts'
import { Listener } from '../../src/server/listener.ts'
import { openStorage, type Storage } from '../../src/storage/storage.ts'
import { temporaryDirectory } from '../storage/fixtures.ts'
import { servicesOf } from '../support/node.ts'
import { recordingLog, seededRandom } from '../support/simulated-env.ts'

// Readers of old records on the real storage with its threads, while what they read is taken away under them.

const MiB = 1024 * 1024
/** All pages that the reader thread puts rows into. */
const pages = 16
const random = seededRandom(7)
const keys = 100
const valueBytes = 1_000

interface Node {
  readonly env: Env
  readonly services: Services
  readonly storage: Storage
  readonly partition: Partition
  /** What was appended, by offset. */
  readonly written: string[]
  /** Appends so many rows of a few batches each; done when they are durable. */
  append(rows: number): Promise<void>
}

/** A node whose topic `scanned` is never in the cache of newest batches. */
async function nodeWith(rows: number, overrides: Record<string, string> = {}): Promise<Node> {
  const env: Env = { clock: systemClock, random: seededRandom(3), log: recordingLog(), metrics: noMetrics }
  const failures: unknown[] = []
  const storage = await openStorage({
    ...{ directory: temporaryDirectory(), durability: 'os', threads: true, env },
    onFailure: error => failures.push(error),
  })
  const services = servicesOf(env, storage, { cacheBytes: 0 })
  onTestFinished(async () => {
    services.groups.close()
    await storage.close()
    expect(failures).toEqual([])
  })
  const create = (name: string) =>
    services.topics.create({ name, partitionCount: 1, overrides: new Map(Object.entries(overrides)) })
  const partition = create('scanned').topic.partitions[0]!
  const written: string[] = []
  const append = async (count: number): Promise<void> => {
    for (let row = 0; row < count; row++) {
      for (let batch = 0; batch < 3; batch++) {
        const builder = new BatchBuilder()
        for (let record = 0; record < 10; record++) {
          const [key, value] = [`key ${random.below(keys)}`, `${written.length} `.padEnd(valueBytes, '.')]
          builder.append(env.clock.now(), Buffer.from(key), Buffer.from(value))
          written.push(`${key}=${value}`)
        }
        partition.append(builder.build(), { nowMs: env.clock.now() }, () => {})
      }
      await storage.writes.flush()
    }
  }
  await append(rows)
  return { env, services, storage, partition, written, append }
}

interface Seen {
  readonly offset: number
  readonly text: string
}

/** Reads once, looks at what came only some turns later, and gives its memory back then. */
async function readOnce(
  { partition }: Node,
  offset: number,
  maxBytes: number,
): Promise<{ seen: Seen[]; nextOffset: number }> {
  const loans = new Loans()
  try {
    const { batches } = await partition.read({ offset, maxBytes, minOneBatch: true, upTo: 'highWatermark' }, loans)
    for (let turn = random.below(4); turn > 0; turn--) await new Promise(resolve => setImmediate(resolve))
    let nextOffset = offset
    const seen = batches.flatMap(piece =>
      [...batchesIn(piece)].flatMap(at => {
        nextOffset = Number(piece.readBigInt64BE(at)) + piece.readInt32BE(at + 23) + 1
        return [...recordsIn(piece, at)].map(record => ({
          offset: record.offset,
          text: `${record.key}=${record.value}`,
        }))
      }),
    )
    return { seen: seen.filter(record => record.offset >= offset), nextOffset }
  } finally {
    loans.release()
  }
}

/** What readers ask for at a time. */
const readerSizes = [1, 5_000, 40_000, 300_000, MiB, 8 * MiB]

/** Every page can be had at once, as soon as the reads that nobody waits for any more are through: nobody has kept one. */
async function allPagesAreBack({ services, storage }: Node): Promise<void> {
  const [partition] = services.topics.create({ name: 'other', partitionCount: 1 }).topic.partitions
  const builder = new BatchBuilder()
  builder.append(0, null, Buffer.alloc(valueBytes))
  partition!.append(builder.build(), { nowMs: 0 }, () => {})
  await storage.writes.flush()
  const query = { partitionId: partition!.id, offset: 0, maxBytes: 2 * MiB }
  for (let areBack = false; !areBack; ) {
    const rows = (await Promise.all(Array.from({ length: pages }, () => storage.reader.readRows(query)))).flat()
    areBack = rows.length === pages && rows.every(({ data }) => data.buffer instanceof SharedArrayBuffer)
    for (const { data } of rows) release(data)
  }
}

test('while a log is compacted, readers see nothing but what was written, and the last of each key', async () => {
  const node = await nodeWith(40, { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' })
  const { env, services, storage, partition, written, append } = node
  const compaction = new LogCompaction({
    ...{ env, topics: services.topics, ...storage, recovered: storage.state.compactions, keyBytesMax: () => MiB },
  })
  const sizeBefore = partition.sizeBytes
  let isOver = false
  const lastOffsets = (): Map<string, number> =>
    new Map(written.slice(0, partition.highWatermark).map((text, offset) => [text.split('=')[0]!, offset]))
  const scan = async (maxBytes: number): Promise<number> => {
    let passes = 0
    for (; !isOver || passes === 0; passes++) {
      const wanted = lastOffsets()
      const found = new Map<string, number>()
      for (let offset = 0; offset < partition.highWatermark; ) {
        const { seen, nextOffset } = await readOnce(node, offset, maxBytes)
        expect(nextOffset).toBeGreaterThan(offset)
        expect(seen.filter(record => record.text !== written[record.offset])).toEqual([])
        for (const record of seen) found.set(record.text.split('=')[0]!, record.offset)
        offset = nextOffset
      }
      expect([...wanted].filter(([key, offset]) => (found.get(key) ?? -1) < offset)).toEqual([])
    }
    return passes
  }
  const scans = readerSizes.map(scan)
  for (let round = 0; round < 4; round++) {
    await compaction.run()
    await append(4)
  }
  isOver = true
  await Promise.all(scans)
  expect(partition.sizeBytes).toBeLessThan(sizeBefore / 2)
  await services.topics.delete('scanned')
  await allPagesAreBack(node)
})

test('while old records are deleted, readers get them whole or are told that they are gone', async () => {
  const node = await nodeWith(50)
  const { services, partition, written } = node
  let isOver = false
  let gone = 0
  const scan = async (maxBytes: number): Promise<void> => {
    for (let offset = 0; !isOver; ) {
      try {
        const { seen, nextOffset } = await readOnce(node, offset, maxBytes)
        const texts = seen.map(({ text }) => text)
        expect(texts).toEqual(written.slice(offset, offset + seen.length))
        offset = nextOffset < partition.highWatermark ? nextOffset : partition.logStartOffset
      } catch (error) {
        if (!(error instanceof KafkaError) || error.code !== ErrorCode.offsetOutOfRange) throw error
        gone++
        expect(partition.highWatermark).toBeGreaterThan(offset)
        offset = partition.logStartOffset
      }
    }
  }
  const scans = readerSizes.map(scan)
  while (partition.logStartOffset < partition.highWatermark - 60) {
    await partition.deleteRecordsBefore(Math.min(partition.highWatermark, partition.logStartOffset + random.below(90)))
    for (let turn = random.below(10); turn > 0; turn--) await new Promise(resolve => setImmediate(resolve))
  }
  isOver = true
  await Promise.all(scans)
  expect(gone).toBeGreaterThan(0)
  await services.topics.delete('scanned')
  await allPagesAreBack(node)
})

test('a topic that is deleted under its readers leaves none of them waiting', async () => {
  const node = await nodeWith(40)
  const scan = async (maxBytes: number): Promise<void> => {
    for (let offset = 0; ; ) {
      const { nextOffset } = await readOnce(node, offset, maxBytes)
      offset = nextOffset < node.partition.highWatermark ? nextOffset : 0
    }
  }
  const scans = [...readerSizes, ...readerSizes].map(size => scan(size).catch(error => error.code))
  for (let reads = 0; reads < 50; reads++) await readOnce(node, 0, 5_000)
  await node.services.topics.delete('scanned')
  expect(new Set(await Promise.all(scans))).toEqual(new Set([ErrorCode.unknownTopicOrPartition]))
  await allPagesAreBack(node)
})

test('clients that go away while they are answered leave nothing behind', async () => {
  const node = await nodeWith(40)
  const { env, services } = node
  const listener = new Listener({
    ...{ env, bind: { host: '127.0.0.1', port: 0 }, advertise: undefined, dispatch: dispatcher(services) },
    ...{ memory: new FrameMemory(MiB), pages: new PagePool(4 * MiB), quotas: services.quotas },
    ...{ responseMemory: services.responseMemory, maxFrameBytes: MiB, connectionIdleMaxMs: 60_000 },
    ...{ connectionsMax: () => 1000, connectionsPerAddressMax: () => 1000, isOverloaded: () => false },
    onFatal: error => env.log.error('fatal', error),
  })
  onTestFinished(() => listener.close(0))
  const { port } = await listener.listen()
  const client = async (turnsMax: number): Promise<void> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    let fetchOffset = 0
    for (let turns = random.below(turnsMax); turns > 0; turns--) {
      socket.write(Buffer.concat(encodeRequestFrame(fetchApi, 11, turns, 'scan', fetchOf(fetchOffset))))
      fetchOffset += 200
      // It goes when it has some of the answer, or none.
      if (random.below(3) === 0) break
      await once(socket, 'data')
    }
    socket.destroy()
  }
  for (let round = 0; round < 20; round++) await Promise.all([0, 1, 2, 3, 4, 5].map(() => client(4)))
  await listener.close(0)
  await node.services.topics.delete('scanned')
  await allPagesAreBack(node)
  expect(services.responseMemory.usedBytes).toBe(0)
  expect(env.log).toMatchObject({ errors: [] })
})

function fetchOf(fetchOffset: number) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: MiB }]
  const topics = [{ topic: 'scanned', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions }]
  return { maxWaitMs: 0, minBytes: 1, maxBytes: 8 * MiB, isolationLevel: 0, topics, forgottenTopicsData: [] }
}
