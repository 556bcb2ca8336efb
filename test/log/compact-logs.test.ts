import { expect, onTestFinished, test } from 'vitest'
import { LogCompaction } from '../../src/log/compact-logs.ts'
import type { Partition } from '../../src/log/partition.ts'
import { batchesIn } from '../../src/protocol/records/batch.ts'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { temporaryDirectory } from '../storage/fixtures.ts'
import { type TestNode, type TestNodeOptions, testNode } from '../support/node.ts'

type Pair = readonly [key: string, value?: string]

interface Fixture {
  readonly node: TestNode
  readonly partition: Partition
  readonly compaction: LogCompaction
  /** Appends a batch and waits until it is durable. */
  append(pairs: readonly Pair[], options?: BatchOptions): Promise<void>
  compact(signal?: AbortSignal): Promise<void>
  /** 'offset:key=value' of all that can be read. */
  texts(): Promise<string[]>
}

async function fixture(overrides: Record<string, string> = {}, options: TestNodeOptions = {}): Promise<Fixture> {
  const node = await testNode(options)
  onTestFinished(() => node.close())
  if (!node.services.topics.get('table')) {
    await node.createTopic('table', { overrides: { 'cleanup.policy': 'compact', ...overrides } })
  }
  return over(node)
}

function over(node: TestNode): Fixture {
  const { env, storage, services } = node
  const { writes, reader, compactor, state } = storage
  const partition = services.topics.get('table')!.partitions[0]!
  const compaction = new LogCompaction({
    env,
    topics: services.topics,
    writes,
    reader,
    compactor,
    recovered: state.compactions,
    keyBytesMax: () => 1024 * 1024,
  })
  const append = async (pairs: readonly Pair[], batchOptions: BatchOptions = {}): Promise<void> => {
    const builder = new BatchBuilder()
    for (const [key, value] of pairs) {
      builder.append(env.clock.now(), Buffer.from(key), value === undefined ? null : Buffer.from(value))
    }
    const batch = builder.build(batchOptions)
    await node.until(new Promise<void>(done => void partition.append(batch, { nowMs: env.clock.now() }, done)))
  }
  const texts = async (): Promise<string[]> => {
    const found: string[] = []
    for (let offset = partition.logStartOffset; offset < partition.highWatermark; ) {
      const range = partition.read({ offset, maxBytes: 1_000_000, minOneBatch: true, upTo: 'highWatermark' })
      const { batches } = await node.until(Promise.resolve(range))
      expect(batches.length).toBeGreaterThan(0)
      for (const piece of batches) {
        for (const at of batchesIn(piece)) {
          for (const record of recordsIn(piece, at)) found.push(`${record.offset}:${record.key}=${record.value}`)
          offset = Number(piece.readBigInt64BE(at)) + piece.readInt32BE(at + 23) + 1
        }
      }
    }
    return found
  }
  return { node, partition, compaction, append, compact: signal => node.until(compaction.run(signal)), texts }
}

test('of each key the last record stays, for readers of the cache too, and the size follows', async () => {
  const { partition, append, compact, texts } = await fixture()
  await append([
    ['a', '1'],
    ['b', '1'],
  ])
  await append([['a', '2']])
  const { sizeBytes } = partition
  await compact()
  expect(await texts()).toEqual(['1:b=1', '2:a=2'])
  expect(partition).toMatchObject({ logStartOffset: 0, logEndOffset: 3, highWatermark: 3 })
  expect(partition.sizeBytes).toBeLessThan(sizeBytes)
})

test('a topic that is not compacted loses nothing', async () => {
  const { append, compact, texts } = await fixture({ 'cleanup.policy': 'delete' })
  await append([
    ['a', '1'],
    ['a', '2'],
  ])
  await compact()
  expect(await texts()).toEqual(['0:a=1', '1:a=2'])
})

test('a restart knows how far a log is compacted, its size and its end', async () => {
  const directory = temporaryDirectory()
  const first = await testNode({ directory })
  await first.createTopic('table', { overrides: { 'cleanup.policy': 'compact', 'delete.retention.ms': '1000' } })
  const before = over(first)
  for (let round = 0; round < 50; round++) await before.append([['a', `${round}`], ['b'], [`key-${round % 3}`, 'v']])
  await before.compact()
  const { sizeBytes, logEndOffset } = before.partition
  const stored = await before.texts()
  await first.close()
  const { node, partition, compaction, compact, texts } = await fixture({}, { directory })
  expect(node.storage.state.compactions.get(partition.id)).toEqual({
    cleanOffset: logEndOffset,
    horizonMs: first.env.clock.now() + 1000,
  })
  expect(partition).toMatchObject({ sizeBytes, logEndOffset })
  expect(await texts()).toEqual(stored)
  // Nothing new: not due.
  await compact()
  expect(compaction).toBeDefined()
  expect(await texts()).toEqual(stored)
})

test('a log is compacted again when more than min.cleanable.dirty.ratio of it is new', async () => {
  const { append, compact, texts } = await fixture({ 'min.cleanable.dirty.ratio': '0.6' })
  for (let key = 0; key < 10; key++) await append([[`key-${key}`, 'v']])
  await compact()
  await append([['key-0', 'new']])
  await compact()
  expect(await texts()).toHaveLength(11)
  for (let round = 0; round < 30; round++) await append([['key-0', `${round}`]])
  await compact()
  expect(await texts()).toHaveLength(10)
})

test('records stay uncompacted for min.compaction.lag.ms, and are compacted after max.compaction.lag.ms', async () => {
  const lags = { 'min.compaction.lag.ms': '1000', 'max.compaction.lag.ms': '5000', 'min.cleanable.dirty.ratio': '1' }
  const { node, append, compact, texts } = await fixture(lags)
  await append([['a', '1']])
  node.env.clock.advance(4500)
  await append([['a', '2']])
  await compact()
  expect(await texts()).toEqual(['0:a=1', '1:a=2'])
  node.env.clock.advance(501)
  // Overdue, but the newer one is still too young to be seen.
  await compact()
  expect(await texts()).toEqual(['0:a=1', '1:a=2'])
  await append([['b', '1']])
  node.env.clock.advance(5001)
  await append([['b', '2']])
  await compact()
  expect(await texts()).toEqual(['1:a=2', '2:b=1', '3:b=2'])
})

test('a tombstone goes delete.retention.ms after the first run, also where nobody writes', async () => {
  const { node, append, compact, texts } = await fixture({ 'delete.retention.ms': '1000' })
  await append([['a', '1'], ['b', '1'], ['a']])
  await compact()
  expect(await texts()).toEqual(['1:b=1', '2:a=null'])
  node.env.clock.advance(999)
  await compact()
  expect(await texts()).toEqual(['1:b=1', '2:a=null'])
  node.env.clock.advance(1)
  await compact()
  expect(await texts()).toEqual(['1:b=1'])
})

test('what an open transaction may still decide stays, and what was aborted goes', async () => {
  const { node, partition, append, compact, texts } = await fixture()
  const end = (committed: boolean) =>
    node.until(
      new Promise<void>(done => {
        const ending = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, committed, timestampMs: 1 }
        node.storage.writes.together(() => partition.endTransaction(ending, done))
      }),
    )
  const inTransaction = { producerId: 7, producerEpoch: 0, transactional: true }
  await append([['a', '1']])
  await append([['a', '2']], { ...inTransaction, baseSequence: 0 })
  await compact()
  expect(await texts()).toEqual(['0:a=1', '1:a=2'])
  await end(false)
  await append([['z', '1']])
  await compact()
  expect(await texts()).toEqual(['0:a=1', expect.stringMatching(/^2:/), '3:z=1'])
})

test('an idempotent producer goes on where it was, after compaction and a restart', async () => {
  const directory = temporaryDirectory()
  const producer = { producerId: 3, producerEpoch: 0 }
  const first = await testNode({ directory })
  await first.createTopic('table', { overrides: { 'cleanup.policy': 'compact' } })
  const before = over(first)
  await before.append([['a', '1']], { ...producer, baseSequence: 0 })
  await before.append([['a', '2']], { ...producer, baseSequence: 1 })
  await before.append([['a', '3']])
  await before.compact()
  await first.close()
  const { append, partition, texts } = await fixture({}, { directory })
  await append([['a', '2']], { ...producer, baseSequence: 1 })
  expect(partition.logEndOffset).toBe(3)
  await append([['a', '4']], { ...producer, baseSequence: 2 })
  expect(await texts()).toEqual(['2:a=3', '3:a=4'])
})

test('retention takes the rows of a log that is compacted too, and sizes stay right', async () => {
  const { node, partition, append, compact, texts } = await fixture({ 'cleanup.policy': 'compact,delete' })
  for (let round = 0; round < 20; round++) await append([[`key-${round % 4}`, `${round}`]])
  await compact()
  for (let round = 20; round < 24; round++) await append([[`key-${round % 4}`, `${round}`]])
  await node.until(partition.deleteRecordsBefore(21))
  expect(await texts()).toEqual(['21:key-1=21', '22:key-2=22', '23:key-3=23'])
  await compact()
  const { sizeBytes } = partition
  const rows = await node.storage.reader.readRows({ partitionId: partition.id, offset: 0, maxBytes: 1_000_000 })
  expect(rows.reduce((sum, { data }) => sum + data.length, 0)).toBe(sizeBytes)
})

test('a topic that is deleted meanwhile does not stop the job', async () => {
  const { node, append, compaction } = await fixture()
  await append([['a', '1']])
  await append([['a', '2']])
  const run = compaction.run()
  await Promise.resolve()
  void node.services.topics.delete('table')
  await node.until(run)
})

test('a run that is asked to end does so before the next partition', async () => {
  const { append, compact, texts } = await fixture()
  await append([['a', '1']])
  await append([['a', '2']])
  await compact(AbortSignal.abort())
  expect(await texts()).toEqual(['0:a=1', '1:a=2'])
})
