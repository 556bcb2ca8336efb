import { expect, test } from 'vitest'
import { DecodeError } from '../../src/base/errors.ts'
import { FrameAssembler } from '../../src/client/frame-assembler.ts'

const frames = ['', 'a', 'hello', 'x'.repeat(1000)]
const stream = Buffer.concat(
  frames.map(text => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    return Buffer.concat([length, Buffer.from(text)])
  }),
)

test.each([1, 2, 3, 4, 5, 7, 100, 5000])('frames come out whole whatever the pieces: %i bytes', size => {
  const seen: string[] = []
  const assembler = new FrameAssembler(frame => void seen.push(frame.toString()))
  for (let at = 0; at < stream.length; at += size) assembler.push(stream.subarray(at, at + size))
  expect(seen).toEqual(frames)
})

test('a length beyond the limit is refused before anything is allocated', () => {
  const assembler = new FrameAssembler(() => {})
  expect(() => assembler.push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(DecodeError)
})
