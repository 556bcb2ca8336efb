import { expect, test } from 'vitest'
import { ByteSink } from '../../src/cli/byte-sink.ts'

/** Writes through a sink and answers all bytes and the chunks they came in. */
function written(action: (sink: ByteSink) => void): { bytes: Buffer; chunks: Buffer[] } {
  const chunks: Buffer[] = []
  const sink = new ByteSink({
    write: (bytes, done) => {
      chunks.push(Buffer.from(bytes))
      done?.()
    },
  })
  action(sink)
  sink.flush()
  return { bytes: Buffer.concat(chunks), chunks }
}

test.each([0, 7, 10, 99, 12345, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, -1])('%i is printed in decimal digits', number => {
  expect(written(sink => sink.number(number)).bytes.toString()).toBe(String(number))
})

test('what does not fit goes into the next chunk, nothing is lost or doubled', () => {
  const line = Buffer.from(`${'x'.repeat(99)}\n`)
  const { bytes, chunks } = written(sink => {
    for (let at = 0; at < 10_000; at++) {
      sink.bytes(line, 0, 99)
      sink.byte(10)
    }
  })
  expect(bytes).toEqual(Buffer.concat(Array.from({ length: 10_000 }, () => line)))
  expect(chunks.length).toBeLessThan(10)
})

test('a value larger than a chunk is written whole', () => {
  const large = Buffer.alloc(1_000_000, 'ab')
  expect(
    written(sink => {
      sink.text('ä')
      sink.bytes(large, 0, large.length)
      sink.text('z')
    }).bytes,
  ).toEqual(Buffer.concat([Buffer.from('ä'), large, Buffer.from('z')]))
})
