import { expect, test } from 'vitest'
import { lend, PagePool, pageBytes, release, retain } from '../../src/base/page-pool.ts'

const sliceBytes = pageBytes / 4
const memoryOf = (slice: Buffer): ArrayBufferLike => slice.buffer

/** Takes slices until the pool goes to another page, and gives all but the last one. */
function fillPage(pool: PagePool): Buffer[] {
  return Array.from({ length: 4 }, () => pool.take(sliceBytes))
}

test('slices lie one behind the other', () => {
  const pool = new PagePool(4 * pageBytes)
  const slices = fillPage(pool)
  expect(new Set(slices.map(memoryOf)).size).toBe(1)
  expect(slices.map(slice => slice.byteOffset)).toEqual([0, 1, 2, 3].map(at => at * sliceBytes))
})

test('a page is written over when the last use of its slices has ended, and not before', () => {
  const pool = new PagePool(4 * pageBytes)
  const slices = fillPage(pool)
  const memory = memoryOf(slices[0]!)
  retain(slices[1]!)
  for (const slice of slices) release(slice)
  expect(memoryOf(pool.take(pageBytes))).not.toBe(memory)
  release(slices[1]!)
  expect(memoryOf(pool.take(pageBytes))).toBe(memory)
  expect(pool.ownedBytes).toBe(2 * pageBytes)
})

test('a page that is not full yet is begun anew when nobody uses it', () => {
  const pool = new PagePool(4 * pageBytes)
  for (let round = 0; round < 100; round++) {
    const slice = pool.take(sliceBytes)
    expect(slice.byteOffset).toBe(0)
    release(slice)
  }
  expect(pool.ownedBytes).toBe(pageBytes)
})

test('what was lent is never written over', () => {
  const pool = new PagePool(4 * pageBytes)
  const slices = fillPage(pool)
  lend(slices[2]!)
  for (const slice of slices) release(slice)
  expect(pool.ownedBytes).toBe(0)
  const seen = new Set([memoryOf(pool.take(pageBytes)), memoryOf(pool.take(pageBytes))])
  expect(seen).not.toContain(memoryOf(slices[2]!))
})

test('beyond its bound, and for what is larger than a page, a pool gives ordinary buffers', () => {
  const pool = new PagePool(pageBytes)
  const first = pool.take(pageBytes)
  const second = pool.take(100)
  expect(second.length).toBe(100)
  expect(retain(second)).toBe(false)
  expect(retain(pool.take(pageBytes + 1))).toBe(false)
  expect(pool.ownedBytes).toBe(pageBytes)
  release(first)
  expect(memoryOf(pool.take(1))).toBe(memoryOf(first))
})

test('buffers from elsewhere pass through', () => {
  const buffer = Buffer.from('abc')
  expect(retain(buffer)).toBe(false)
  release(buffer)
  release(buffer)
  lend(buffer)
  expect(buffer.toString()).toBe('abc')
})

test('a release too much is an error of ours', () => {
  const slice = new PagePool(pageBytes).take(10)
  release(slice)
  expect(() => release(slice)).toThrow('released more often')
})
