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
