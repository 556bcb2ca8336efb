import { expect, test } from 'vitest'
import { LineSplitter } from '../../src/cli/line-splitter.ts'

function split(input: Buffer, chunkBytes: number, delimiter?: number): Buffer[] {
  const lines: Buffer[] = []
  const splitter = new LineSplitter(
    (buffer, start, end) => lines.push(Buffer.from(buffer.subarray(start, end))),
    delimiter,
  )
  for (let at = 0; at < input.length; at += chunkBytes) splitter.push(input.subarray(at, at + chunkBytes))
  splitter.end()
  return lines
}

test.each([1, 2, 3, 5, 1000])('lines come out whole whatever the chunks: %i bytes', chunkBytes => {
  const lines = ['', 'a', '', 'hello\r', 'x'.repeat(50), 'ende ohne ü']
  expect(split(Buffer.from(lines.join('\n')), chunkBytes).map(String)).toEqual(lines)
})

test('a newline at the end begins no further line', () => {
  expect(split(Buffer.from('a\n\n'), 10).map(String)).toEqual(['a', ''])
  expect(split(Buffer.from(''), 10)).toEqual([])
})

test('bytes that are no text pass as they are', () => {
  const bytes = Buffer.from([0xff, 0, 0xc3, 10, 0x80])
  expect(Buffer.concat([...split(bytes, 2).flatMap(line => [line, Buffer.from([10])])]).subarray(0, -1)).toEqual(bytes)
})

test('another delimiter parts as well', () => {
  expect(split(Buffer.from('a\n\0b'), 2, 0).map(String)).toEqual(['a\n', 'b'])
})

test('a line without end is refused before memory is', () => {
  const splitter = new LineSplitter(() => {})
  const chunk = Buffer.alloc(16 * 1024 * 1024, 'x')
  expect(() => {
    for (let at = 0; at < 10; at++) splitter.push(chunk)
  }).toThrow('a line is longer than 64 MiB')
})
