import { expect, test } from 'vitest'
import type { Partition } from '../../src/log/partition.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { batchLeaderEpoch, batchMaxTimestamp } from '../../src/protocol/records/batch.ts'
import { checkBatch } from '../../src/protocol/records/check.ts'
import { batchAt, batchOf, logFixture, offsetsIn } from './log-fixture.ts'

const code = (work: () => unknown): number => {
  try {
    work()
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
  return ErrorCode.none
}

const from = (partition: Partition, offset: number, limits: { maxBytes?: number; minOneBatch?: boolean } = {}) =>
  partition.read({ offset, maxBytes: 1_000_000, minOneBatch: true, upTo: 'highWatermark', ...limits })

test('batches get consecutive offsets in the order in which they come', () => {
  const { append, partition } = logFixture()
  expect([append(batchOf(3)), append(batchOf(1)), append(batchOf(2))].map(({ baseOffset }) => baseOffset)).toEqual([
    0, 3, 4,
  ])
  expect(partition.logEndOffset).toBe(6)
})

test('the offset and the leader epoch are written into the batch and its checksum stays right', () => {
  const { append, partition, storage } = logFixture()
  append(batchOf(2))
  append(batchOf(2, { compression: 'gzip' }))
  storage.commit()
  const range = from(partition, 0)
  if (range instanceof Promise) throw new Error('not from the cache')
  expect(offsetsIn(range)).toEqual([0, 1, 2, 3])
  for (const batch of range.batches) {
    expect(batchLeaderEpoch(batch)).toBe(0)
    expect(() => checkBatch(batch)).not.toThrow()
  }
})

test('an append is acknowledged, and readers see it, when it is durable', async () => {
  const { append, partition, storage, acknowledged } = logFixture()
  append(batchOf(3))
  expect(acknowledged).toEqual([])
  expect(partition.highWatermark).toBe(0)
  expect(offsetsIn(await from(partition, 0))).toEqual([])
  storage.commit()
  expect(acknowledged).toEqual([0])
  expect(partition.highWatermark).toBe(3)
  expect(offsetsIn(await from(partition, 0))).toEqual([0, 1, 2])
})

test('a read begins with the batch that holds the offset', async () => {
  for (const cacheBytes of [0, 1_000_000]) {
    const { append, partition, storage } = logFixture({ cacheBytes })
    for (let batch = 0; batch < 4; batch++) append(batchOf(3))
    storage.commit()
    expect(offsetsIn(await from(partition, 7))).toEqual([6, 7, 8, 9, 10, 11])
    expect(storage.queries).toBe(cacheBytes === 0 ? 1 : 0)
  }
})

test('a read stops before exceeding its bytes, and never within a batch', async () => {
  const size = batchOf(2).length
  for (const cacheBytes of [0, 1_000_000]) {
    const { append, partition, storage } = logFixture({ cacheBytes })
    for (let batch = 0; batch < 3; batch++) append(batchOf(2))
    storage.commit()
    expect(offsetsIn(await from(partition, 0, { maxBytes: 2 * size }))).toEqual([0, 1, 2, 3])
    expect(offsetsIn(await from(partition, 0, { maxBytes: 2 * size - 1 }))).toEqual([0, 1])
    expect(offsetsIn(await from(partition, 2, { maxBytes: 0 }))).toEqual([2, 3])
    expect(offsetsIn(await from(partition, 2, { maxBytes: size - 1, minOneBatch: false }))).toEqual([])
  }
})

test('a read goes on from the disk into the cache without a gap', async () => {
  const size = batchOf(1, { valueBytes: 100 }).length
  const { append, partition, storage } = logFixture({ cacheBytes: 3 * (size + 256) })
  for (let batch = 0; batch < 5; batch++) append(batchOf(1, { valueBytes: 100 }))
  storage.commit()
  for (let batch = 0; batch < 2; batch++) append(batchOf(1, { valueBytes: 100 }))
  storage.commit()
  expect(offsetsIn(await from(partition, 0))).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(offsetsIn(await from(partition, 0, { maxBytes: 6 * size }))).toEqual([0, 1, 2, 3, 4, 5])
  expect(offsetsIn(await from(partition, 4))).toEqual([4, 5, 6])
})

test('the disk may be ahead of the high watermark: readers do not see that', async () => {
  const { append, partition, storage } = logFixture({ cacheBytes: 0 })
  append(batchOf(2))
  storage.commit()
  const request = { offset: 0, maxBytes: 1000, minOneBatch: true, upTo: 'highWatermark' } as const
  append(batchOf(2))
  const seen: Promise<number[]>[] = []
  partition.watch({ upTo: 'highWatermark', advanced: () => {}, closed: () => {} })
  // Within the commit the rows are there and the callbacks have not run yet.
  append(batchOf(2))
  const { reader } = storage
  const read = reader.readRows.bind(reader)
  reader.readRows = async query => {
    const rows = await read(query)
    return rows.map(row => ({ ...row, data: Buffer.concat([row.data, batchOf(2, { baseOffset: 2 })]) }))
  }
  seen.push(Promise.resolve(partition.read(request)).then(offsetsIn))
  expect(await Promise.all(seen)).toEqual([[0, 1]])
})

test('an offset outside the log is refused, the end itself is empty', async () => {
  const { append, partition, storage } = logFixture()
  append(batchOf(4))
  storage.commit()
  append(batchOf(1))
  expect(offsetsIn(await from(partition, 4))).toEqual([])
  expect(offsetsIn(await from(partition, 5))).toEqual([])
  expect(code(() => from(partition, 6))).toBe(ErrorCode.offsetOutOfRange)
  expect(code(() => from(partition, -1))).toBe(ErrorCode.offsetOutOfRange)
})

test('a batch larger than max.message.bytes is refused', () => {
  const size = batchOf(1).length
  const { append, partition } = logFixture({ overrides: { 'max.message.bytes': String(size) } })
  append(batchOf(1))
  expect(code(() => append(batchOf(2)))).toBe(ErrorCode.messageTooLarge)
  expect(partition.logEndOffset).toBe(1)
})

test('timestamps must lie in the range that the topic allows', () => {
  const { append, env } = logFixture({
    overrides: { 'message.timestamp.before.max.ms': '1000', 'message.timestamp.after.max.ms': '500' },
  })
  const now = env.clock.now()
  const append1 = (timestamp: number) => code(() => append(batchOf(1, { timestamp })))
  expect([now - 1000, now, now + 500, -1].map(append1)).toEqual([0, 0, 0, 0])
  expect([now - 1001, now + 501].map(append1)).toEqual([ErrorCode.invalidTimestamp, ErrorCode.invalidTimestamp])
  expect(code(() => append(batchAt([now, now + 501, now])))).toBe(ErrorCode.invalidTimestamp)
})

test('with LogAppendTime the broker stamps its own time on a batch, whatever the producer said', async () => {
  const { append, partition, storage, env } = logFixture({ overrides: { 'message.timestamp.type': 'LogAppendTime' } })
  const now = env.clock.now()
  expect(append(batchOf(2, { timestamp: 5 })).logAppendTimeMs).toBe(now)
  storage.commit()
  const [batch] = (await from(partition, 0)).batches
  expect(batchMaxTimestamp(batch!)).toBe(now)
  expect(batch!.readInt16BE(21) & 8).toBe(8)
})

test('a compacted topic takes no record without key', () => {
  const { append } = logFixture({ overrides: { 'cleanup.policy': '["compact"]' } })
  append(batchOf(2))
})

test('a topic with its own compression stores batches in that, others as they came', async () => {
  const { append, partition, storage } = logFixture({ overrides: { 'compression.type': 'gzip' } })
  append(batchOf(50, { valueBytes: 100, producerId: 7, producerEpoch: 1, baseSequence: 0 }))
  append(batchOf(2, { compression: 'gzip' }))
  storage.commit()
  const range = await from(partition, 0)
  expect(range.batches.map(batch => batch.readInt16BE(21) & 7)).toEqual([1, 1])
  expect(offsetsIn(range)).toEqual(Array.from({ length: 52 }, (_, offset) => offset))
  expect([...partition.producers()].map(({ producerId, epoch }) => ({ producerId, epoch }))).toEqual([
    { producerId: 7, epoch: 1 },
  ])
})
