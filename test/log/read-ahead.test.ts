import { expect, test } from 'vitest'
import { ReadAhead, type ReadAheadOptions } from '../../src/log/read-ahead.ts'
import type { LogReader, StoredRow } from '../../src/storage/log-reader.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

const rowBytes = 100

/** A row of ten offsets. */
const row = (baseOffset: number): StoredRow => ({
  baseOffset,
  lastOffset: baseOffset + 9,
  data: Buffer.alloc(rowBytes, baseOffset),
})

/** A disk with endless partitions that answers each read, in order, when `answer` is called. */
function slowDisk() {
  const asked: { partitionId: number; offset: number; maxBytes: number; answer: () => void; fail: () => void }[] = []
  const readRows: LogReader['readRows'] = query => {
    const { promise, resolve, reject } = Promise.withResolvers<StoredRow[]>()
    const first = Math.floor(query.offset / 10) * 10
    const rows = Array.from({ length: Math.max(1, Math.floor(query.maxBytes / rowBytes)) }, (_, at) =>
      row(first + at * 10),
    )
    asked.push({ ...query, answer: () => resolve(rows), fail: () => reject(new Error('the disk')) })
    return promise
  }
  const disk = { readRows } as LogReader
  const answer = async (): Promise<void> => {
    asked.shift()!.answer()
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  return { disk, asked, answer, reads: () => asked.map(({ partitionId, offset }) => [partitionId, offset]) }
}

function readAhead(options: Partial<ReadAheadOptions> = {}) {
  const { clock } = simulatedEnv()
  const slow = slowDisk()
  const ahead = new ReadAhead(slow.disk, clock, { bytesMax: 1000, cutBytesMax: 0, chunkBytesMax: 200, ...options })
  const cameTo = (partitionId: number, nextOffset: number, left: StoredRow[] = []): void =>
    ahead.cameTo(partitionId, { nextOffset, left, maxBytes: 200, readsOn: true })
  const rows = async (partitionId: number, offset: number): Promise<number[]> =>
    (await ahead.rows({ partitionId, offset, maxBytes: 200 })).map(({ baseOffset }) => baseOffset)
  return { ahead, clock, cameTo, rows, ...slow }
}

test('the next rows are read while the reader takes what it got, and the disk is not asked again for them', async () => {
  const { ahead, cameTo, rows, reads, answer } = readAhead()
  cameTo(1, 20)
  expect(reads()).toEqual([[1, 20]])
  await answer()
  expect(await rows(1, 20)).toEqual([20, 30])
  expect(reads()).toEqual([])
  expect(ahead.bytes).toBe(0)
})

test('who comes before they are there waits for them', async () => {
  const { cameTo, rows, reads, answer } = readAhead()
  cameTo(1, 20)
  const coming = rows(1, 20)
  await answer()
  expect(await coming).toEqual([20, 30])
  expect(reads()).toEqual([])
})

test('of two readers at the same place one gets them, the other asks the disk', async () => {
  const { cameTo, rows, reads, answer } = readAhead()
  cameTo(1, 20)
  const both = [rows(1, 20), rows(1, 20)]
  await answer()
  expect(reads()).toEqual([[1, 20]])
  await answer()
  expect(await Promise.all(both)).toEqual([
    [20, 30],
    [20, 30],
  ])
})

test('nothing is read ahead for who has not come on from an earlier read', () => {
  const { ahead, reads } = readAhead()
  ahead.cameTo(1, { nextOffset: 20, left: [], maxBytes: 200, readsOn: false })
  expect(ahead.expectedBytes(1, 20)).toBe(200)
  expect([ahead.expectedBytes(1, 30), ahead.expectedBytes(2, 20)]).toEqual([undefined, undefined])
  expect(reads()).toEqual([])
})

test('a row that was cut stays for the next read, and behind it no more is read than its reader can take', async () => {
  const { cameTo, rows, reads, answer } = readAhead()
  cameTo(1, 25, [row(20)])
  expect(reads()).toEqual([[1, 30]])
  await answer()
  expect(await rows(1, 25)).toEqual([20, 30])
})

test('enough rows that stay are not added to', () => {
  const { cameTo, reads } = readAhead()
  cameTo(1, 25, [row(20), row(30)])
  expect(reads()).toEqual([])
})

test('few reads ahead are under way, and readers have their turns in the order in which they came', async () => {
  const { cameTo, reads, answer } = readAhead({ readsMax: 2 })
  for (const partition of [1, 2, 3, 4]) cameTo(partition, 0)
  expect(reads()).toEqual([
    [1, 0],
    [2, 0],
  ])
  await answer()
  expect(reads()).toEqual([
    [2, 0],
    [3, 0],
  ])
})

test('all readers share the bound: who finds no room waits until another one has taken its rows', async () => {
  const { ahead, cameTo, rows, reads, answer } = readAhead({ bytesMax: 400 })
  for (const partition of [1, 2, 3]) cameTo(partition, 0)
  await answer()
  await answer()
  expect(reads()).toEqual([])
  expect(ahead.bytes).toBe(400)
  await rows(1, 0)
  cameTo(1, 20)
  expect(reads()).toEqual([[3, 0]])
  await answer()
  await rows(2, 0)
  expect(reads()).toEqual([[1, 20]])
})

test('rows that stay go beyond no bound: those of the reader that was here longest ago make room', () => {
  const { ahead, cameTo } = readAhead({ bytesMax: 400 })
  for (const partition of [1, 2, 3]) cameTo(partition, 5, [row(0), row(10)])
  expect(ahead.bytes).toBe(400)
  expect([1, 2, 3].map(partition => ahead.expectedBytes(partition, 5) !== undefined)).toEqual([false, true, true])
})

test('what nobody comes for is given back', async () => {
  const { ahead, clock, cameTo, rows, reads, answer } = readAhead({ idleMs: 1000 })
  cameTo(1, 20)
  await answer()
  cameTo(2, 20)
  clock.advance(2001)
  // Being read, so its room is still needed.
  expect(ahead.bytes).toBe(200)
  await answer()
  expect(ahead.bytes).toBe(0)
  void rows(1, 20)
  expect(reads()).toEqual([[1, 20]])
})

test('a partition whose rows were rewritten is read anew, also by who waits for rows that are on their way', async () => {
  const { ahead, cameTo, rows, reads, answer } = readAhead()
  cameTo(1, 20)
  const coming = rows(1, 20)
  ahead.forget(1)
  ahead.forget(7)
  await answer()
  expect(reads()).toEqual([[1, 20]])
  await answer()
  expect(await coming).toEqual([20, 30])
  expect(ahead.bytes).toBe(0)
})

test('a read ahead that fails is made again by who needs it', async () => {
  const { ahead, cameTo, rows, asked } = readAhead()
  cameTo(1, 20)
  asked.shift()!.fail()
  const coming = rows(1, 20)
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  asked.shift()!.fail()
  await expect(coming).rejects.toThrow('the disk')
  expect(ahead.bytes).toBe(0)
})

test('only so many places are remembered', () => {
  const { ahead, cameTo } = readAhead({ placesMax: 2 })
  for (const partition of [1, 2, 3]) cameTo(partition, 0)
  expect(ahead.expectedBytes(1, 0)).toBeUndefined()
  expect(ahead.expectedBytes(3, 0)).toBe(200)
})

test('rows that were cut do not push out what was read ahead', async () => {
  const { ahead, cameTo, rows, answer } = readAhead({ bytesMax: 400, cutBytesMax: 100 })
  for (const partition of [1, 2]) cameTo(partition, 0)
  await answer()
  await answer()
  cameTo(3, 5, [row(0)])
  expect(ahead.bytes).toBe(500)
  expect(await rows(1, 0)).toEqual([0, 10])
})
