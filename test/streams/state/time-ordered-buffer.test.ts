import { expect, test } from 'vitest'
import type { AnyCodec } from '../../../src/streams/codecs/codec.ts'
import { string } from '../../../src/streams/codecs/string.ts'
import { MemoryTable } from '../../../src/streams/state/state-table.ts'
import { TimeOrderedBuffer } from '../../../src/streams/state/time-ordered-buffer.ts'

const codecs = { key: string as AnyCodec, value: string as AnyCodec }
const origin = { topic: 'in', partition: 0, offset: 5 }

const update = (newValue: string | null, oldValue: string | null, timestamp: number) => ({
  newValue,
  oldValue,
  timestamp,
  ...origin,
})

test('what waits goes out by due time, then key; an update keeps its place and the value from before', () => {
  const buffer = new TimeOrderedBuffer(new MemoryTable(), codecs)
  buffer.put('b', 20, update('1', 'old', 1))
  buffer.put('c', 10, update('2', null, 2))
  buffer.put('a', 20, update('3', null, 3))
  buffer.put('b', 99, update('4', '1', 4))
  expect([buffer.records, buffer.firstDueAt, buffer.prior('b'), buffer.has('d')]).toEqual([3, 10, 'old', false])
  const out = [buffer.shift(), buffer.shift(), buffer.shift(), buffer.shift()]
  expect(out.map(found => found && [found.key, found.newValue, found.oldValue, found.record.timestamp])).toEqual([
    ['c', '2', null, 2],
    ['a', '3', null, 3],
    ['b', '4', '1', 4],
    undefined,
  ])
  expect([buffer.records, buffer.bytes, buffer.firstDueAt]).toEqual([0, 0, Number.POSITIVE_INFINITY])
})

test('what waits takes as many bytes after a restart as before', () => {
  const table = new MemoryTable()
  const buffer = new TimeOrderedBuffer(table, codecs)
  buffer.put('a', 5, update('new', 'old', 1))
  buffer.put('b', 6, update('new', 'old', 1))
  buffer.put('b', 6, update('newer', 'new', 2))
  buffer.put('c', 7, update(null, null, 3))
  const again = new TimeOrderedBuffer(table, codecs)
  expect([again.records, again.bytes, again.firstDueAt]).toEqual([buffer.records, buffer.bytes, buffer.firstDueAt])
  again.put('a', 5, update('x', 'new', 4))
  while (again.shift());
  expect(again.bytes).toBe(0)
})
