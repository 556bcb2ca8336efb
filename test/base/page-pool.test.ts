import { expect, test } from 'vitest'
import { Loans, PagePool, pageBytes, release, retain, unpooled } from '../../src/base/page-pool.ts'

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

test('loans are uses that end together, once', () => {
  const pool = new PagePool(4 * pageBytes)
  const slices = fillPage(pool)
  const memory = memoryOf(slices[0]!)
  const loans = new Loans()
  loans.add(slices[0]!)
  loans.add(slices[2]!)
  loans.add(Buffer.from('from elsewhere'))
  for (const slice of slices) release(slice)
  expect(memoryOf(pool.take(pageBytes))).not.toBe(memory)
  loans.release()
  expect(memoryOf(pool.take(pageBytes))).toBe(memory)
  loans.release()
})

test('what a slice was too long for is given out again, where nothing has been taken behind it', () => {
  const pool = new PagePool(4 * pageBytes)
  const first = pool.take(sliceBytes)
  pool.shorten(first, 10)
  const second = pool.take(sliceBytes)
  expect(second.byteOffset).toBe(10)
  pool.shorten(first, 5)
  expect(pool.take(1).byteOffset).toBe(10 + sliceBytes)
})

test('what shall stay for long is copied out of a pool', () => {
  const slice = new PagePool(pageBytes).take(3).fill('x')
  const stays = unpooled(slice)
  slice.fill('y')
  expect(stays.toString()).toBe('xxx')
  const own = Buffer.from('abc')
  expect(unpooled(own)).toBe(own)
})

test('beyond its bound, and for what is larger than a page, a pool gives ordinary buffers', () => {
  const pool = new PagePool(pageBytes)
  const first = pool.take(pageBytes)
  const second = pool.take(100)
  expect(second.length).toBe(100)
  expect(pool.tryTake(100)).toBeUndefined()
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
  expect(buffer.toString()).toBe('abc')
})

test('a release too much is an error of ours', () => {
  const slice = new PagePool(pageBytes).take(10)
  release(slice)
  expect(() => release(slice)).toThrow('released more often')
})
