import { expect, test } from 'vitest'
import { PagePool } from '../../src/base/page-pool.ts'
import { FrameMemory } from '../../src/server/frame-memory.ts'
import { FrameReader } from '../../src/server/frame-reader.ts'
import { seededRandom } from '../support/simulated-env.ts'

const produce = 0
const metadata = 3

function frame(apiKey: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(4 + bytes, 7)
  buffer.writeInt32BE(bytes, 0)
  buffer.writeInt16BE(apiKey, 4)
  return buffer
}

function readerOver(
  options: { memory?: FrameMemory; maxFrameBytes?: number; onMemory?: () => void } = {},
): FrameReader {
  return new FrameReader({
    maxFrameBytes: options.maxFrameBytes ?? 1_000_000,
    memory: options.memory ?? new FrameMemory(1_000_000),
    pages: new PagePool(0),
    onMemory: options.onMemory ?? (() => {}),
  })
}

function readAll(reader: FrameReader): Buffer[] {
  const frames: Buffer[] = []
  for (let next = reader.next(); next; next = reader.next()) frames.push(next)
  return frames
}

test('frames come out whole and in order, wherever the chunks are cut', () => {
  const random = seededRandom(7)
  const sent = Array.from({ length: 200 }, (_, at) => frame(at % 3 === 0 ? produce : metadata, 8 + random.below(5_000)))
  const memory = new FrameMemory(1_000_000)
  const reader = readerOver({ memory })
  const stream = Buffer.concat(sent)
  const received: Buffer[] = []
  for (let at = 0; at < stream.length; ) {
    const bytes = 1 + random.below(9_000)
    reader.push(stream.subarray(at, at + bytes))
    at += bytes
    received.push(...readAll(reader))
  }
  expect(received.map(f => f.toString('hex'))).toEqual(sent.map(f => f.subarray(4).toString('hex')))
  expect(memory.usedBytes).toBe(0)
  expect(reader.isWithinFrame).toBe(false)
})

test.each([-1, 0, 7, -2_147_483_648])('a frame of %i bytes breaks the protocol', bytes => {
  const reader = readerOver()
  const broken = frame(metadata, 8)
  broken.writeInt32BE(bytes, 0)
  reader.push(broken)
  expect(() => reader.next()).toThrow(`frame of ${bytes} bytes`)
})

test('a frame above the limit is refused before a byte of it is stored', () => {
  const memory = new FrameMemory(1_000_000)
  const reader = readerOver({ memory, maxFrameBytes: 1000 })
  reader.push(frame(produce, 1001).subarray(0, 6))
  expect(() => reader.next()).toThrow('more than socket.request.max.bytes=1000')
  expect(memory.usedBytes).toBe(0)
})

test('a frame that finds no memory waits until another is complete', () => {
  const memory = new FrameMemory(1000)
  let woken = 0
  const first = readerOver({ memory })
  const second = readerOver({ memory, onMemory: () => void woken++ })
  first.push(frame(metadata, 800).subarray(0, 100))
  expect(first.next()).toBeUndefined()
  second.push(frame(metadata, 700).subarray(0, 100))
  expect(second.next()).toBeUndefined()
  expect(second.isWaiting).toBe(true)
  first.push(frame(metadata, 800).subarray(100))
  expect(first.next()).toHaveLength(800)
  expect(woken).toBe(1)
  second.push(frame(metadata, 700).subarray(100))
  expect(second.next()).toHaveLength(700)
  expect(memory.usedBytes).toBe(0)
})

test('a closed connection gives back its memory and its place in the line', () => {
  const memory = new FrameMemory(1000)
  const [first, second, third] = [readerOver({ memory }), readerOver({ memory }), readerOver({ memory })]
  for (const reader of [first!, second!, third!]) {
    reader.push(frame(metadata, 900).subarray(0, 50))
    reader.next()
  }
  second!.close()
  first!.close()
  expect(third!.isWaiting).toBe(false)
  third!.close()
  expect(memory.usedBytes).toBe(0)
})
