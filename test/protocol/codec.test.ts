import { expect, test } from 'vitest'
import { AssertionError, DecodeError } from '../../src/base/errors.ts'
import {
  decodeRequest,
  decodeStructure,
  decodeVersioned,
  defineApi,
  defineStructure,
  encodeRequest,
  encodeResponse,
  encodeStructure,
  encodeVersioned,
} from '../../src/protocol/codec.ts'
import {
  array,
  bool,
  bytes,
  float64,
  int8,
  int16,
  int32,
  int64,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from '../../src/protocol/fields.ts'

// One structure of each kind: plain up to v0, flexible from v1.
function structureOf<const Of extends Parameters<typeof defineStructure>[0]['fields']>(fields: Of) {
  return defineStructure({ name: 'Sample', versions: [0, 3], flexible: 1, fields })
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const hexOf = (buffer: Buffer): string => buffer.toString('hex')

const numbers = structureOf({
  a: int8(),
  b: int16(),
  c: uint16(),
  d: int32(),
  e: uint32(),
  f: int64(),
  g: float64(),
  h: bool(),
})

test('numbers are big-endian', () => {
  const value = { a: -2, b: -3, c: 65_534, d: -4, e: 4_294_967_290, f: -5, g: 1.5, h: true }
  const wire = hex('fe fffd fffe fffffffc fffffffa fffffffffffffffb 3ff8000000000000 01')
  expect(hexOf(encodeStructure(numbers, 0, value))).toBe(hexOf(wire))
  expect(decodeStructure(numbers, 0, wire)).toEqual(value)
})

const long = structureOf({ value: int64() })

test.each([
  ['001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['ffe0000000000001', Number.MIN_SAFE_INTEGER],
  ['0000000100000000', 2 ** 32],
  ['ffffffff00000000', -(2 ** 32)],
])('64 bits %s are the number %d', (text, value) => {
  expect(decodeStructure(long, 0, hex(text))).toEqual({ value })
  expect(hexOf(encodeStructure(long, 0, { value }))).toBe(text)
})

test.each(['0020000000000000', 'ffe0000000000000', '7fffffffffffffff', '8000000000000000'])(
  '64 bits %s are refused: a number cannot hold them',
  text => {
    expect(() => decodeStructure(long, 0, hex(text))).toThrow(DecodeError)
  },
)

const texts = structureOf({ text: string(), nullable: string({ nullable: '0+' }) })

test('a string has two bytes of length; a compact one has its length plus one as a varint', () => {
  const value = { text: 'aß', nullable: null }
  expect(hexOf(encodeStructure(texts, 0, value))).toBe('000361c39f' + 'ffff')
  expect(hexOf(encodeStructure(texts, 1, value))).toBe('0461c39f' + '00' + '00')
  expect(decodeStructure(texts, 0, hex('000361c39f ffff'))).toEqual(value)
  expect(decodeStructure(texts, 1, hex('0461c39f 00 00'))).toEqual(value)
})

test('a compact length beyond 127 takes two bytes', () => {
  const wire = encodeStructure(texts, 1, { text: 'x'.repeat(300), nullable: '' })
  // 301 = 0b10_0101101
  expect(hexOf(wire.subarray(0, 3))).toBe('ad0278')
  expect(decodeStructure(texts, 1, wire).text).toBe('x'.repeat(300))
})

test('a longer varint than needed is understood', () => {
  expect(decodeStructure(texts, 1, hex('8280808000 61 00 00')).text).toBe('a')
})

test('broken utf-8 is tolerated', () => {
  expect(decodeStructure(texts, 1, hex('03 ff61 00 00')).text).toBe('\ufffda')
})

test('a string of more than 32767 bytes is neither read nor written', () => {
  const text = 'ä'.repeat(16_384)
  expect(() => encodeStructure(texts, 0, { text, nullable: null })).toThrow(RangeError)
  expect(() => encodeStructure(texts, 1, { text, nullable: null })).toThrow(RangeError)
  // 32769 as a varint: the length plus one.
  expect(() => decodeStructure(texts, 1, Buffer.concat([hex('818002'), Buffer.from(text), hex('0000')]))).toThrow(
    DecodeError,
  )
})

test('null is refused where the version does not allow it', () => {
  const late = structureOf({ text: string({ nullable: '2+' }) })
  expect(() => decodeStructure(late, 1, hex('00 00'))).toThrow(DecodeError)
  expect(() => encodeStructure(late, 1, { text: null })).toThrow(TypeError)
  expect(decodeStructure(late, 2, hex('00 00'))).toEqual({ text: null })
})

const lists = structureOf({
  numbers: array(int32(), { nullable: '0+' }),
  pairs: array({ name: string(), ids: array(uuid()) }),
})

test('a list has a count, and each structure in it its tagged fields', () => {
  const value = { numbers: [1, -1], pairs: [{ name: 'n', ids: ['AAAAAAAAAAAAAAAAAAAAAQ'] }] }
  const id = '00000000000000000000000000000001'
  const plain = `00000002 00000001 ffffffff 00000001 0001 6e 00000001 ${id}`
  const flexible = `03 00000001 ffffffff 02 026e 02 ${id} 00 00`
  expect(hexOf(encodeStructure(lists, 0, value))).toBe(hexOf(hex(plain)))
  expect(hexOf(encodeStructure(lists, 1, value))).toBe(hexOf(hex(flexible)))
  expect(decodeStructure(lists, 0, hex(plain))).toEqual(value)
  expect(decodeStructure(lists, 1, hex(flexible))).toEqual(value)
})

test('null is not the empty list', () => {
  expect(decodeStructure(lists, 0, hex('ffffffff 00000000'))).toEqual({ numbers: null, pairs: [] })
  expect(decodeStructure(lists, 1, hex('00 01 00'))).toEqual({ numbers: null, pairs: [] })
  expect(decodeStructure(lists, 1, hex('01 01 00'))).toEqual({ numbers: [], pairs: [] })
})

test('a count that the rest of the bytes cannot hold is refused before anything is allocated', () => {
  expect(() => decodeStructure(lists, 0, hex('7fffffff 00000000'))).toThrow(DecodeError)
  expect(() => decodeStructure(lists, 1, hex('ffffffff0f 00000000'))).toThrow(DecodeError)
  // Two pairs take at least twelve bytes.
  expect(() => decodeStructure(lists, 0, hex('ffffffff 00000002 0000000000000000000000'))).toThrow(DecodeError)
})

test('a uuid is written only in its own form', () => {
  const one = structureOf({ id: uuid() })
  expect(hexOf(encodeStructure(one, 0, { id: 'q83vEjRWeJCrze8SNFZ4kA' }))).toBe('abcdef1234567890abcdef1234567890')
  expect(() => encodeStructure(one, 0, { id: 'orders' })).toThrow(RangeError)
  expect(() => encodeStructure(one, 0, { id: '!!!!!!!!!!!!!!!!!!!!!!' })).toThrow(RangeError)
})

const optional = structureOf({ cursor: struct({ name: string() }, { nullable: '0+', default: null }) })

test('a structure that may be null has a byte before it', () => {
  expect(hexOf(encodeStructure(optional, 0, {}))).toBe('ff')
  expect(hexOf(encodeStructure(optional, 1, { cursor: { name: 'a' } }))).toBe('01' + '0261' + '00' + '00')
  expect(decodeStructure(optional, 1, hex('ff 00'))).toEqual({ cursor: null })
  expect(decodeStructure(optional, 1, hex('01 0261 00 00'))).toEqual({ cursor: { name: 'a' } })
})

const versioned = structureOf({
  old: int8({ versions: '0-1' }),
  always: int8(),
  recent: int8({ versions: '2+', default: -1 }),
})

test('a field that the version does not have holds its default and is not written', () => {
  expect(decodeStructure(versioned, 0, hex('07 08'))).toEqual({ old: 7, always: 8, recent: -1 })
  expect(decodeStructure(versioned, 2, hex('08 09 00'))).toEqual({ old: 0, always: 8, recent: 9 })
  expect(hexOf(encodeStructure(versioned, 2, { old: 7, always: 8, recent: 9 }))).toBe('080900')
})

test('a field that was left out is written as its default; one without default is missed', () => {
  expect(hexOf(encodeStructure(versioned, 2, { always: 1 }))).toBe('01ff00')
  expect(() => encodeStructure(versioned, 2, {} as { always: number })).toThrow("'always' is missing")
})

const tagged = structureOf({
  name: string(),
  level: int32({ versions: '1+', tag: 0, default: 7 }),
  list: array(string(), { versions: '1+', tag: 3 }),
  leader: struct({ id: int32({ default: -1 }), epoch: int32({ default: -1 }) }, { versions: '1+', tag: 1 }),
})

test('tagged fields are written in order of their tags, and only where they are not the default', () => {
  expect(hexOf(encodeStructure(tagged, 1, { name: '' }))).toBe('01' + '00')
  expect(hexOf(encodeStructure(tagged, 1, { name: '', level: 7, list: [], leader: { id: -1 } }))).toBe('01' + '00')
  const wire = '01 03 00 04 00000008 01 09 00000002 ffffffff 00 03 03 02 0261'
  expect(hexOf(encodeStructure(tagged, 1, { name: '', list: ['a'], leader: { id: 2 }, level: 8 }))).toBe(
    hexOf(hex(wire)),
  )
  expect(decodeStructure(tagged, 1, hex(wire))).toEqual({
    name: '',
    level: 8,
    list: ['a'],
    leader: { id: 2, epoch: -1 },
  })
})

test.each([127, 128, 16_383, 16_384])('a tagged field of about %i bytes has its size before it', size => {
  const list = [...'x'.repeat(Math.ceil(size / 1000))].map(letter => letter.repeat(Math.min(size, 1000) - 5))
  expect(decodeStructure(tagged, 1, encodeStructure(tagged, 1, { name: 'n', list }))).toMatchObject({ name: 'n', list })
})

test('a tagged field that nobody knows is skipped', () => {
  expect(decodeStructure(tagged, 1, hex('01 02 00 04 00000008 63 02 ffff'))).toMatchObject({ level: 8, list: [] })
})

test('a tagged field that is longer than it says, or than the frame, is refused', () => {
  expect(() => decodeStructure(tagged, 1, hex('01 01 00 03 00000008'))).toThrow(DecodeError)
  expect(() => decodeStructure(tagged, 1, hex('01 01 63 7f 00'))).toThrow(DecodeError)
})

test('bytes that end too early are refused wherever they end', () => {
  const wire = encodeStructure(lists, 1, {
    numbers: [1, 2],
    pairs: [{ name: 'name', ids: ['AAAAAAAAAAAAAAAAAAAAAQ'] }],
  })
  for (let end = 0; end < wire.length; end++) {
    expect(() => decodeStructure(lists, 1, wire.subarray(0, end))).toThrow(DecodeError)
  }
})

test('what follows a message is ignored', () => {
  expect(decodeStructure(long, 0, hex('0000000000000007 ffff'))).toEqual({ value: 7 })
})

const carrying = defineApi({
  key: 999,
  name: 'Carrying',
  versions: [0, 1],
  flexible: 1,
  request: { before: int8(), data: records({ nullable: '0+' }), after: int8() },
  response: { data: bytes() },
})

test('large record data is neither copied into the message nor out of it', () => {
  const data = Buffer.alloc(5000, 1)
  const chunks = encodeRequest(carrying, 1, { before: 1, data, after: 2 })
  expect(chunks[1]).toBe(data)
  expect(chunks.map(chunk => chunk.length)).toEqual([3, 5000, 2])
  const frame = Buffer.concat(chunks)
  const decoded = decodeRequest(carrying, 1, frame).data!
  frame[3] = 9
  expect(decoded[0]).toBe(9)
})

test('record data may come in parts, large and small', () => {
  const parts = [Buffer.alloc(2000, 1), Buffer.alloc(10, 2), Buffer.alloc(3000, 3)]
  const chunks = encodeRequest(carrying, 0, { before: 1, data: parts, after: 2 })
  expect(chunks).toContain(parts[0])
  expect(chunks).toContain(parts[2])
  expect(decodeRequest(carrying, 0, Buffer.concat(chunks))).toEqual({ before: 1, data: Buffer.concat(parts), after: 2 })
  expect(hexOf(Buffer.concat(encodeRequest(carrying, 0, { before: 1, data: [], after: 2 })))).toBe('010000000002')
})

test('a message that outgrows the scratch buffer stays whole, and so does the next', () => {
  const value = { numbers: Array.from({ length: 600_000 }, (_, index) => index), pairs: [] }
  expect(decodeStructure(lists, 1, encodeStructure(lists, 1, value))).toEqual(value)
  expect(hexOf(encodeStructure(lists, 1, { numbers: [1], pairs: [] }))).toBe('02000000010100')
})

test('what a failed message had written does not leak into the next', () => {
  const data = Buffer.alloc(5000)
  expect(() => encodeRequest(carrying, 0, { before: 1, data } as never)).toThrow(TypeError)
  expect(encodeResponse(carrying, 0, { data: Buffer.from('a') })).toEqual([hex('00000001 61')])
})

test('the bytes of a message are its own: the next one does not change them', () => {
  const first = encodeStructure(long, 0, { value: 1 })
  encodeStructure(long, 0, { value: 2 })
  expect(hexOf(first)).toBe('0000000000000001')
})

test('a version that was not declared is our own mistake', () => {
  expect(() => encodeRequest(carrying, 2, { before: 1, data: null, after: 2 })).toThrow(AssertionError)
})

test('frames in shared memory read as others', () => {
  const wire = hex('000361c39f ffff')
  const shared = Buffer.from(new SharedArrayBuffer(wire.length))
  wire.copy(shared)
  expect(decodeStructure(texts, 0, shared)).toEqual({ text: 'aß', nullable: null })
})

test('a structure may carry its version; a newer one is read as our newest', () => {
  const appended = defineStructure({
    name: 'Appended',
    versions: [0, 1],
    flexible: 'never',
    fields: { a: int8(), b: int8({ versions: '1+' }) },
  })
  expect(hexOf(encodeVersioned(appended, 1, { a: 1, b: 2 }))).toBe('00010102')
  expect(decodeVersioned(appended, hex('0000 01'))).toEqual({ a: 1, b: 0 })
  expect(decodeVersioned(appended, hex('0007 01 02 ffff'))).toEqual({ a: 1, b: 2 })
  expect(() => decodeVersioned(appended, hex('ffff 01'))).toThrow(DecodeError)
  expect(() => decodeVersioned(appended, hex(''))).toThrow(DecodeError)
})
