import { expect, test } from 'vitest'
import type { ReadLimit } from '../../src/log/read-waiters.ts'
import { ReadableEnd } from '../../src/log/readable-end.ts'

/** Raises the end by one batch; `decided` where it is a marker. */
function raise(readable: ReadableEnd, endOffset: number, bytes: number, decided = -1): void {
  readable.raise({ endOffset, bytes, decided }, () => {})
}

/** A watcher that keeps what it is told. */
function watched(readable: ReadableEnd, upTo: ReadLimit): number[] {
  const told: number[] = []
  readable.watch({ upTo, advanced: bytes => void told.push(bytes), closed: () => void told.push(-1) })
  return told
}

test('without transactions all that is durable is stable', () => {
  const readable = new ReadableEnd(5, [])
  raise(readable, 8, 100)
  expect([readable.highWatermark, readable.lastStableOffset]).toEqual([8, 8])
})

test('the oldest undecided transaction holds the last stable offset, whichever ends first', () => {
  const readable = new ReadableEnd(0, [])
  const stable: number[] = []
  const append = (endOffset: number, decided = -1): void => {
    raise(readable, endOffset, 10, decided)
    stable.push(readable.lastStableOffset)
  }
  append(2)
  readable.begin(2)
  append(3)
  readable.begin(3)
  append(5)
  append(6, 3)
  append(7)
  append(8, 2)
  expect(stable).toEqual([2, 2, 2, 2, 2, 8])
})

test('a transaction whose first batch is not durable does not reach beyond the high watermark', () => {
  const readable = new ReadableEnd(4, [])
  readable.begin(9)
  expect(readable.lastStableOffset).toBe(4)
  raise(readable, 9, 10)
  expect(readable.lastStableOffset).toBe(9)
  raise(readable, 12, 10)
  expect(readable.lastStableOffset).toBe(9)
})

test('recovered transactions hold the end in whatever order they are given', () => {
  const readable = new ReadableEnd(20, [14, 3, 8])
  expect(readable.lastStableOffset).toBe(3)
  raise(readable, 21, 10, 3)
  expect(readable.lastStableOffset).toBe(8)
  raise(readable, 22, 10, 14)
  raise(readable, 23, 10, 8)
  expect(readable.lastStableOffset).toBe(23)
})

test('readers of what is committed are told about the bytes that a marker releases, all others at once', () => {
  const readable = new ReadableEnd(0, [])
  const all = watched(readable, 'highWatermark')
  const committed = watched(readable, 'lastStableOffset')
  raise(readable, 1, 100)
  readable.begin(1)
  raise(readable, 5, 400)
  raise(readable, 9, 400)
  raise(readable, 10, 80, 1)
  expect(all).toEqual([100, 400, 400, 80])
  expect(committed).toEqual([100, 880])
})

test('where several transactions overlap, no byte is kept from the readers in the end', () => {
  const readable = new ReadableEnd(0, [])
  const committed = watched(readable, 'lastStableOffset')
  readable.begin(0)
  raise(readable, 3, 301)
  readable.begin(3)
  raise(readable, 7, 402)
  raise(readable, 8, 83, 0)
  expect(readable.lastStableOffset).toBe(3)
  raise(readable, 9, 84, 3)
  expect(committed).toHaveLength(2)
  expect(committed[0]! + committed[1]!).toBe(301 + 402 + 83 + 84)
})

test('who waits for a repeated batch is told before readers are', () => {
  const readable = new ReadableEnd(0, [])
  const order: string[] = []
  readable.watch({ upTo: 'highWatermark', advanced: () => void order.push('reader'), closed: () => {} })
  readable.whenDurable(1, () => order.push('again'))
  readable.raise({ endOffset: 2, bytes: 10, decided: -1 }, () => order.push('producer'))
  expect(order).toEqual(['producer', 'again', 'reader'])
})

test('watchers hear when the partition is gone, and nothing after they have left', () => {
  const readable = new ReadableEnd(0, [])
  const told: string[] = []
  const watcher = {
    upTo: 'highWatermark' as const,
    advanced: () => void told.push('advanced'),
    closed: () => void told.push('closed'),
  }
  readable.watch(watcher)
  readable.close()
  readable.unwatch(watcher)
  raise(readable, 1, 10)
  readable.close()
  expect(told).toEqual(['closed'])
})
