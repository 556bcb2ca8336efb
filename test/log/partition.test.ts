import { expect, test } from 'vitest'
import type { Partition } from '../../src/log/partition.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { batchLeaderEpoch, batchMaxTimestamp } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
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

/** Lets what waits for the reader go on. */
const storageTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
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
  const { append, partition, storage } = logFixture({ cacheBytes: 3 * (size + 1024) })
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
  const { reader } = storage
  const readRows = reader.readRows
  reader.readRows = async query => {
    const rows = await readRows(query)
    return rows.map(row => ({ ...row, data: Buffer.concat([row.data, batchOf(2, { baseOffset: 2 })]) }))
  }
  append(batchOf(2))
  expect(offsetsIn(await from(partition, 0))).toEqual([0, 1])
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

test('a compacted topic refuses a batch with a record that has no key', () => {
  const { append, partition } = logFixture({ overrides: { 'cleanup.policy': 'compact' } })
  const builder = new BatchBuilder()
  builder.append(1, Buffer.from('key'), null)
  builder.append(1, null, Buffer.from('value'))
  expect(code(() => append(builder.build()))).toBe(ErrorCode.invalidRecord)
  expect(partition.logEndOffset).toBe(0)
})

test('a batch that claims an offset, or is not alone, is refused', () => {
  const { append } = logFixture()
  expect(code(() => append(batchOf(1, { baseOffset: 5 })))).toBe(ErrorCode.invalidRecord)
  expect(code(() => append(Buffer.concat([batchOf(1), batchOf(1)])))).toBe(ErrorCode.invalidRecord)
})

const idempotent = (baseSequence: number, count = 1) =>
  batchOf(count, { producerId: 9, producerEpoch: 0, baseSequence })

test('a repeated batch gets its first offset and is not appended', () => {
  const { append, partition } = logFixture()
  append(batchOf(3))
  append(idempotent(0, 2))
  append(idempotent(2, 2))
  expect(append(idempotent(0, 2))).toEqual({ baseOffset: 3, logAppendTimeMs: -1, logStartOffset: 0, duplicate: true })
  expect(partition.logEndOffset).toBe(7)
})

test('a repeated batch is not acknowledged before its first copy is durable', () => {
  const { partition, storage, env } = logFixture()
  const acknowledged: string[] = []
  const append = (batch: Buffer, name: string) =>
    partition.append(batch, { nowMs: env.clock.now() }, () => acknowledged.push(name))
  append(idempotent(0), 'first')
  append(idempotent(0), 'again')
  env.clock.settle()
  expect(acknowledged).toEqual([])
  storage.commit()
  expect(acknowledged).toEqual(['first', 'again'])
  append(idempotent(0), 'once more')
  expect(acknowledged).toHaveLength(2)
  env.clock.settle()
  expect(acknowledged).toEqual(['first', 'again', 'once more'])
})

test('a batch that is refused leaves no trace', () => {
  const { append, partition, storage } = logFixture()
  append(idempotent(0))
  expect(code(() => append(idempotent(5)))).toBe(ErrorCode.outOfOrderSequenceNumber)
  expect(partition.logEndOffset).toBe(1)
  append(idempotent(1))
  storage.commit()
  expect(partition.highWatermark).toBe(2)
})

test('records below a deleted offset are gone once that is durable', async () => {
  const { append, partition, storage } = logFixture()
  for (let batch = 0; batch < 3; batch++) append(batchOf(10))
  storage.commit()
  const deleted = partition.deleteRecordsBefore(15)
  await storageTurns()
  expect(partition.logStartOffset).toBe(0)
  expect(offsetsIn(await from(partition, 0))).toHaveLength(30)
  storage.commit()
  expect(await deleted).toBe(15)
  expect(code(() => from(partition, 14))).toBe(ErrorCode.offsetOutOfRange)
  expect(offsetsIn(await from(partition, 15))[0]).toBe(10)
  expect(await partition.deleteRecordsBefore(3)).toBe(15)
})

test('deleted batches leave the cache', async () => {
  const { append, partition, storage, topics } = logFixture()
  for (let batch = 0; batch < 4; batch++) append(batchOf(10, { valueBytes: 100 }))
  storage.commit()
  const before = topics.cachedBytes
  const deleted = partition.deleteRecordsBefore(20)
  await storageTurns()
  storage.commit()
  await deleted
  expect(before - topics.cachedBytes).toBe(2 * batchOf(10, { valueBytes: 100 }).length)
})

test('deleting up to -1 removes all that is durable, and the end stays', async () => {
  const { append, partition, storage } = logFixture()
  append(batchOf(10))
  storage.commit()
  append(batchOf(5))
  const deleted = partition.deleteRecordsBefore(-1)
  await storageTurns()
  storage.commit()
  expect(await deleted).toBe(10)
  expect(partition.logEndOffset).toBe(15)
  expect(partition.sizeBytes).toBe(batchOf(5).length)
  expect(offsetsIn(await from(partition, 10))).toEqual([10, 11, 12, 13, 14])
})

test('records that are not readable yet cannot be deleted, nor those of a topic that is only compacted', async () => {
  const { append, partition, storage } = logFixture()
  append(batchOf(2))
  storage.commit()
  append(batchOf(2))
  await expect(partition.deleteRecordsBefore(3)).rejects.toMatchObject({ code: ErrorCode.offsetOutOfRange })
  await expect(partition.deleteRecordsBefore(-2)).rejects.toMatchObject({ code: ErrorCode.offsetOutOfRange })
  const compacted = logFixture({ overrides: { 'cleanup.policy': 'compact' } }).partition
  await expect(compacted.deleteRecordsBefore(0)).rejects.toMatchObject({ code: ErrorCode.policyViolation })
  const both = logFixture({ overrides: { 'cleanup.policy': 'compact,delete' } }).partition
  expect(await both.deleteRecordsBefore(0)).toBe(0)
})

/** Three rows of ten records, nothing in memory. */
function storedRows() {
  const fixture = logFixture({ cacheBytes: 0 })
  for (let batch = 0; batch < 3; batch++) {
    fixture.append(batchOf(10))
    fixture.storage.commit()
  }
  return fixture
}

test('a read whose answer comes after the deletion of what it read is refused', async () => {
  const { partition, storage } = storedRows()
  const deleted = partition.deleteRecordsBefore(20)
  await storageTurns()
  const release = storage.holdReads()
  const reads = [from(partition, 0), from(partition, 20)]
  storage.commit()
  await deleted
  release()
  const [below, kept] = await Promise.allSettled(reads)
  expect(below).toMatchObject({ status: 'rejected', reason: { code: ErrorCode.offsetOutOfRange } })
  expect(kept).toMatchObject({ status: 'fulfilled', value: { logStartOffset: 20 } })
})

test('a read that finds its rows gone is refused, once the log start is durable', async () => {
  const { partition, storage } = storedRows()
  const deleted = partition.deleteRecordsBefore(20)
  await storageTurns()
  const tell = storage.commitUnheard()
  const startWhenRefused = Promise.resolve(from(partition, 0)).catch(error => [error.code, partition.logStartOffset])
  expect(offsetsIn(await from(partition, 20))).toHaveLength(10)
  await storageTurns()
  expect(partition.logStartOffset).toBe(0)
  tell()
  expect(await startWhenRefused).toEqual([ErrorCode.offsetOutOfRange, 20])
  await deleted
})

test('the size is that of the rows from the log start on', async () => {
  const size = batchOf(10).length
  const { append, partition, storage } = logFixture()
  for (let batch = 0; batch < 4; batch++) {
    append(batchOf(10))
    storage.commit()
  }
  expect(partition.sizeBytes).toBe(4 * size)
  const deleted = [partition.deleteRecordsBefore(10), partition.deleteRecordsBefore(25)]
  for (let turn = 0; turn < 4; turn++) {
    await storageTurns()
    storage.commit()
  }
  await Promise.all(deleted)
  expect(partition.sizeBytes).toBe(2 * size)
})

test('everything about a deleted partition is unknown', async () => {
  const { append, partition, storage, topics } = logFixture({ cacheBytes: 0 })
  append(batchOf(1))
  storage.commit()
  const read = from(partition, 0)
  void topics.delete('orders')
  await expect(read).rejects.toMatchObject({ code: ErrorCode.unknownTopicOrPartition })
  for (const work of [
    () => from(partition, 0),
    () => append(batchOf(1)),
    () => partition.listOffset(-1, 'highWatermark'),
  ]) {
    expect(code(work)).toBe(ErrorCode.unknownTopicOrPartition)
  }
  await expect(partition.deleteRecordsBefore(0)).rejects.toMatchObject({ code: ErrorCode.unknownTopicOrPartition })
})

test('the current epoch ends at the log end, no other is known', () => {
  const { append, partition } = logFixture()
  append(batchOf(7))
  expect(partition.epochEnd(0)).toEqual({ leaderEpoch: 0, endOffset: 7 })
  expect(partition.epochEnd(1)).toEqual({ leaderEpoch: -1, endOffset: -1 })
  expect(partition.epochEnd(-1)).toEqual({ leaderEpoch: -1, endOffset: -1 })
})
