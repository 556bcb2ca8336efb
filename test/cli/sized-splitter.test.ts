import { expect, test } from 'vitest'
import { type LengthForm, SizedSplitter } from '../../src/cli/sized-splitter.ts'

function split(input: Buffer, form: LengthForm, chunkBytes: number): string[] {
  const records: string[] = []
  const splitter = new SizedSplitter((buffer, start, end) => records.push(buffer.toString('latin1', start, end)), form)
  for (let at = 0; at < input.length; at += chunkBytes) splitter.push(input.subarray(at, at + chunkBytes))
  splitter.end()
  return records
}

// The length 3 in each form, and 'abc' behind it; then an empty record.
test.each<[LengthForm, string]>([
  ['big16', '0003616263 0000'],
  ['little16', '0300616263 0000'],
  ['big32', '00000003616263 00000000'],
  ['little32', '03000000616263 00000000'],
  ['big64', '0000000000000003616263 0000000000000000'],
  ['little64', '0300000000000000616263 0000000000000000'],
  ['varint', '03616263 00'],
])('records with their length as %s', (form, hex) => {
  const input = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  for (const chunkBytes of [1, 2, 3, 5, 100]) expect(split(input, form, chunkBytes)).toEqual(['abc', ''])
})

test('a varint of several bytes', () => {
  const input = Buffer.concat([Buffer.from([0xac, 0x02]), Buffer.alloc(300, 'x')])
  for (const chunkBytes of [1, 150, 1000]) expect(split(input, 'varint', chunkBytes)).toEqual(['x'.repeat(300)])
})

test('half a record at the end is named', () => {
  const input = Buffer.from('00000001610000000562', 'hex')
  expect(() => split(input, 'big32', 100)).toThrow('the input ends in the middle of record 2')
  expect(() => split(Buffer.from('0000'), 'big32', 100)).toThrow('record 1')
})

test('a length that cannot be meant is refused at once', () => {
  expect(() => split(Buffer.from('not binary at all'), 'big32', 100)).toThrow(/^record 1 would have \d+ bytes/)
  expect(() => split(Buffer.alloc(10, 0xff), 'varint', 100)).toThrow('record 1')
})
