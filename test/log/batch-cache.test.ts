import { expect, test } from 'vitest'
import { BatchCache, type CachedBatch } from '../../src/log/batch-cache.ts'

const overhead = 1024
const batch = (partitionId: number, baseOffset: number, bytes = 100): CachedBatch & { data: Buffer } => ({
  partitionId,
  baseOffset,
  lastOffset: baseOffset + 9,
  maxTimestamp: 0,
  data: Buffer.alloc(bytes),
})
const offsets = (cache: BatchCache, partitionId: number): number[] => {
  const run = cache.run(partitionId)
  return run ? Array.from({ length: run.count }, (_, position) => run.at(position)!.baseOffset) : []
}

test('the oldest batch of all partitions leaves first', () => {
  const cache = new BatchCache(3 * (100 + overhead))
  for (const [partition, offset] of [
    [1, 0],
    [2, 0],
    [1, 10],
    [2, 10],
  ] as const)
    cache.add(batch(partition, offset))
  expect(offsets(cache, 1)).toEqual([10])
  expect(offsets(cache, 2)).toEqual([0, 10])
})

test('the bound holds after every call, also for a batch that is larger than it', () => {
  const cache = new BatchCache(10_000)
  for (let offset = 0; offset < 1000; offset += 10) {
    cache.add(batch(1, offset, offset * 20))
    expect(cache.bytes).toBeLessThanOrEqual(10_000)
  }
  expect(offsets(cache, 1)).toEqual([])
  expect(cache.bytes).toBe(0)
})

test('what is cached of a partition is its end without a gap, whatever the sizes', () => {
  const cache = new BatchCache(5000)
  for (let at = 0; at < 500; at++) {
    cache.add(batch(at % 3, Math.floor(at / 3) * 10, (at * 7919) % 3000))
    const held = offsets(cache, at % 3)
    expect(held).toEqual(held.map((_, index) => (held[0] ?? 0) + index * 10))
  }
})

test('a partition of which nothing is left has no run', () => {
  const cache = new BatchCache(400)
  cache.add(batch(1, 0))
  cache.add(batch(2, 0))
  expect(cache.run(1)).toBeUndefined()
  cache.drop(2)
  expect(cache.run(2)).toBeUndefined()
})

test('dropping below an offset keeps the batch that holds it', () => {
  const cache = new BatchCache(10_000)
  for (const offset of [0, 10, 20]) cache.add(batch(1, offset))
  cache.drop(1, 15)
  expect(offsets(cache, 1)).toEqual([10, 20])
})

test('dropped batches do not pile up: their places count until their turn', () => {
  const cache = new BatchCache(10 * overhead)
  for (let partition = 0; partition < 1000; partition++) {
    cache.add(batch(partition, 0, 10))
    cache.drop(partition)
    expect(cache.bytes).toBeLessThanOrEqual(10 * overhead)
    expect(cache.bytes % overhead).toBe(0)
  }
})

test('the batch that holds an offset is found, else the next one', () => {
  const cache = new BatchCache(100_000)
  for (const offset of [100, 110, 130]) cache.add(batch(1, offset))
  const run = cache.run(1)!
  expect([100, 109, 110, 120, 129, 139].map(offset => run.positionOf(offset))).toEqual([0, 0, 1, 2, 2, 2])
  expect(run.positionOf(140)).toBe(run.count)
})

test('a small batch does not keep the large buffer alive that it came in', () => {
  const cache = new BatchCache(1_000_000)
  const chunk = Buffer.allocUnsafeSlow(65_536).fill(7)
  const pieces = [chunk.subarray(1000, 2000), chunk.subarray(0, 15_000), chunk.subarray(0, 17_000)]
  for (const [at, data] of pieces.entries()) cache.add({ ...batch(1, at * 10), data })
  const held = pieces.map((_, at) => cache.run(1)!.at(at)!.data!)
  for (const [at, data] of pieces.entries()) expect(held[at]!.equals(data)).toBe(true)
  expect(held.map(data => data.buffer === chunk.buffer)).toEqual([false, false, true])
})

test('small batches that came one after the other lie in the same memory', () => {
  const cache = new BatchCache(10_000_000)
  const chunk = Buffer.allocUnsafeSlow(65_536)
  for (let at = 0; at < 650; at++) cache.add({ ...batch(1, at * 10), data: chunk.subarray(at, at + 100) })
  const buffers = new Set(Array.from({ length: 650 }, (_, at) => cache.run(1)!.at(at)!.data!.buffer))
  expect(buffers.size).toBe(1)
})
