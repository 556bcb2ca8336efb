import { expect, test } from 'vitest'
import { DecodeError } from '../../../src/base/errors.ts'
import { RecordCursor, varintBytes, writeVarint } from '../../../src/protocol/records/cursor.ts'
import { seededRandom } from '../../support/simulated-env.ts'

const cursorOver = (hex: string): RecordCursor => new RecordCursor(Buffer.from(hex, 'hex'))

test.each([
  [0, '00'],
  [-1, '01'],
  [1, '02'],
  [63, '7e'],
  [-64, '7f'],
  [64, '8001'],
  [-65, '8101'],
  [8191, 'fe7f'],
  [8192, '808001'],
  [2147483647, 'feffffff0f'],
  [-2147483648, 'ffffffff0f'],
] as const)('%d is the varint %s', (value, hex) => {
  const buffer = Buffer.alloc(10)
  const end = writeVarint(buffer, 0, value)
  expect(buffer.toString('hex', 0, end)).toBe(hex)
  expect(varintBytes(value)).toBe(end)
  expect(cursorOver(hex).varint()).toBe(value)
  expect(cursorOver(hex).varlong()).toBe(value)
})

test('every safe number survives writing and reading', () => {
  const random = seededRandom(7)
  const buffer = Buffer.alloc(10)
  for (let round = 0; round < 20_000; round++) {
    const magnitude = random.below(2 ** random.below(53))
    const value = random.below(2) === 0 ? magnitude : -magnitude - 1
    const end = writeVarint(buffer, 0, value)
    const read = [new RecordCursor(buffer).varlong()]
    if (value === (value | 0)) read.push(new RecordCursor(buffer).varint())
    if (varintBytes(value) !== end || read.some(number => number !== value)) expect([read, end]).toEqual(value)
  }
})

test('a varint that ends early or has too many bits is refused', () => {
  for (const hex of ['', '80', 'ffffffff']) {
    expect(() => cursorOver(hex).varint()).toThrow(DecodeError)
    expect(() => cursorOver(hex).varlong()).toThrow(DecodeError)
  }
  for (const hex of ['ffffffff1f', 'ffffffffff01', '8080808080808000']) {
    expect(() => cursorOver(hex).varint()).toThrow(DecodeError)
  }
  for (const hex of ['ffffffffffffffffff01', 'ffffffffffffffffffff01', `${'80'.repeat(1000)}00`]) {
    expect(() => cursorOver(hex).varlong()).toThrow(DecodeError)
  }
})

test('a skip stays inside the record', () => {
  const cursor = new RecordCursor(Buffer.alloc(10))
  expect(cursor.skip(4, 8)).toBe(0)
  expect(cursor.at).toBe(4)
  expect(() => cursor.skip(5, 8)).toThrow(DecodeError)
  expect(() => cursor.skip(-1, 8)).toThrow(DecodeError)
  expect(() => cursor.skip(1, 3)).toThrow(DecodeError)
})
