import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { batchOf, logFixture, offsetsIn } from './log-fixture.ts'

const size = batchOf(1).length

/** Rows of five batches, a record each, nothing in memory. */
function storedRows(count: number) {
  const fixture = logFixture({ cacheBytes: 0 })
  for (let row = 0; row < count; row++) {
    for (let batch = 0; batch < 5; batch++) fixture.append(batchOf(1))
    fixture.storage.commit()
  }
  const read = async (offset: number, batches: number) =>
    fixture.partition.read({ offset, maxBytes: batches * size, minOneBatch: true, upTo: 'highWatermark' })
  return { ...fixture, read }
}

test('a read that begins at the end of a row goes on with the next one', async () => {
  const { read, storage } = storedRows(3)
  expect(offsetsIn(await read(4, 5))).toEqual([4, 5, 6, 7, 8])
  expect(storage.queries).toBe(2)
})

test('a read that got most of its bytes is content', async () => {
  const { read, storage } = storedRows(3)
  expect(offsetsIn(await read(1, 6))).toEqual([1, 2, 3, 4])
  expect(storage.queries).toBe(1)
})

test('a sequential reader sees every record once, whatever its limit', async () => {
  for (let limit = 1; limit < 17; limit++) {
    const { read, partition } = storedRows(4)
    const seen: number[] = []
    for (let reads = 0; reads < 20 && seen.length < partition.highWatermark; reads++) {
      seen.push(...offsetsIn(await read(seen.length, limit)))
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, offset) => offset))
  }
})

test('a read that goes on where rows have just been deleted ends before the gap', async () => {
  const { read, storage, partition } = storedRows(4)
  const { reader } = storage
  const readRows = reader.readRows
  let deleted: Promise<number> | undefined
  let tell = (): void => {}
  reader.readRows = async query => {
    const rows = await readRows(query)
    if (deleted) return rows
    deleted = partition.deleteRecordsBefore(12)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    tell = storage.commitUnheard()
    return rows
  }
  expect(offsetsIn(await read(4, 8))).toEqual([4])
  tell()
  await deleted
})

test('a row that a read has cut is not read again for the rest of it', async () => {
  const { read, storage } = storedRows(1)
  for (const offset of [0, 1, 2, 3, 4]) expect(offsetsIn(await read(offset, 1))).toEqual([offset])
  expect(storage.queries).toBe(1)
})

test('what is remembered of a row is not served below the log start, nor of a deleted topic', async () => {
  const { read, storage, partition, topics } = storedRows(2)
  await read(0, 1)
  const deleted = partition.deleteRecordsBefore(5)
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  storage.commit()
  await deleted
  await expect(read(1, 1)).rejects.toMatchObject({ code: ErrorCode.offsetOutOfRange })
  await read(5, 1)
  void topics.delete('orders')
  await expect(read(6, 1)).rejects.toMatchObject({ code: ErrorCode.unknownTopicOrPartition })
})

test('a reader that comes on in order finds the next rows read', async () => {
  const { read, storage } = storedRows(6)
  expect(offsetsIn(await read(0, 5))).toEqual([0, 1, 2, 3, 4])
  expect(storage.queries).toBe(1)
  // From the second read on it is known to come on.
  await read(5, 5)
  expect(storage.queries).toBe(3)
  expect(offsetsIn(await read(10, 5))).toEqual([10, 11, 12, 13, 14])
  expect(storage.queries).toBe(4)
})

test('a reader that seeks gets what it asks for', async () => {
  const { read } = storedRows(8)
  for (const offset of [0, 5, 10, 30, 35, 2, 7, 12, 20, 15]) {
    expect(offsetsIn(await read(offset, 5))[0]).toBe(offset)
  }
})

test('two readers of a partition at different places do not disturb each other', async () => {
  const { read, storage } = storedRows(12)
  const seen: number[] = []
  for (let at = 0; at < 30; at += 5) {
    seen.push(...offsetsIn(await read(at, 5)))
    expect(offsetsIn(await read(at + 30, 5))[0]).toBe(at + 30)
  }
  expect(seen).toEqual(Array.from({ length: 30 }, (_, offset) => offset))
  // Each row once, and the last one's end, where the second reader has asked for more.
  expect(storage.queries).toBeLessThanOrEqual(14)
})

test('records that are deleted while they are read ahead are not served', async () => {
  const { read, storage, partition } = storedRows(6)
  await read(0, 5)
  const answer = storage.holdReads()
  const second = read(5, 5)
  answer()
  await second
  const deleted = partition.deleteRecordsBefore(18)
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  storage.commit()
  await deleted
  await expect(read(10, 5)).rejects.toMatchObject({ code: ErrorCode.offsetOutOfRange })
  expect(offsetsIn(await read(18, 5))[0]).toBe(18)
})

test('a topic that is deleted under a read ahead is gone for its reader, and nothing stays in memory', async () => {
  const { read, storage, topics } = storedRows(6)
  await read(0, 5)
  await read(5, 5)
  const answer = storage.holdReads()
  await read(10, 5)
  const coming = read(15, 5)
  void topics.delete('orders')
  answer()
  await expect(coming).rejects.toMatchObject({ code: ErrorCode.unknownTopicOrPartition })
})

test('nothing is read ahead for a reader whose topic is deleted under it', async () => {
  const { read, storage, topics } = storedRows(6)
  await read(0, 5)
  const answer = storage.holdReads()
  const coming = read(5, 5)
  void topics.delete('orders')
  answer()
  await expect(coming).rejects.toMatchObject({ code: ErrorCode.unknownTopicOrPartition })
  expect(storage.queries).toBe(2)
})

test('what is appended while the end is read ahead is read, too', async () => {
  const { read, append, storage } = storedRows(3)
  await read(0, 5)
  await read(5, 5)
  append(batchOf(1))
  storage.commit()
  expect(offsetsIn(await read(10, 5))).toEqual([10, 11, 12, 13, 14])
  expect(offsetsIn(await read(15, 5))).toEqual([15])
  append(batchOf(1))
  storage.commit()
  expect(offsetsIn(await read(16, 10))).toEqual([16])
})
