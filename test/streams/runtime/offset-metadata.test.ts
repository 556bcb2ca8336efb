import { expect, test } from 'vitest'
import { decodeNote, encodeNote } from '../../../src/streams/runtime/offset-metadata.ts'

test('a note comes back as it was', () => {
  const note = { marks: { 'task-0.time': 1_700_000_000_000 }, stores: { counts: 'abc' } }
  expect(decodeNote(encodeNote(note))).toEqual(note)
})

test('a long note is compressed to what brokers take', () => {
  const names = Array.from({ length: 60 }, (_, number) => `KSTREAM-AGGREGATE-STATE-STORE-${number}.time`)
  const note = { marks: Object.fromEntries(names.map(name => [name, 1_700_000_000_000])), stores: {} }
  const text = encodeNote(note)
  expect(text.length).toBeLessThan(4_096)
  expect(decodeNote(text)).toEqual(note)
})

test.each(['', 'x', '{}', 'null', '{"streamctl":2}', 'zzzz', 'z'])('%j is no note', text => {
  expect(decodeNote(text)).toBeUndefined()
})
