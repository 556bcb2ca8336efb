import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { StateFile } from '../../../src/storage/key-value.ts'
import type { AnyCodec } from '../../../src/streams/codecs/codec.ts'
import { string } from '../../../src/streams/codecs/string.ts'
import { byteRows } from '../../../src/streams/state/row-format.ts'
import { StateMemory } from '../../../src/streams/state/state-memory.ts'
import { MemoryTable } from '../../../src/streams/state/state-table.ts'
import { StoredTable } from '../../../src/streams/state/stored-table.ts'
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

test.each([
  ['in memory', 1 << 20],
  ['that outgrows its memory', 2_000],
  ['without memory', 0],
])(
  'what waits in a table %s goes out in the same order, whenever it is drained, written and opened again',
  (_, bytesMax) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-buffer-'))
    const file = new StateFile(path.join(directory, 'task.db'), { cacheBytes: 1 << 20 })
    const open = () =>
      new StoredTable({
        name: 'waiting',
        file: file.table('waiting'),
        rows: byteRows,
        memory: new StateMemory(bytesMax),
      })
    let table = open()
    let buffer = new TimeOrderedBuffer(table, codecs)
    const model = new TimeOrderedBuffer(new MemoryTable(), codecs)
    const write = (): void => {
      table.drain(() => {})
      file.commit({ changes: table.unwritten(), positions: {} })
      table.written()
    }
    let state = 7
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) % below
    }
    for (let step = 0; step < 2_000; step++) {
      const what = random(20)
      if (what < 11) {
        const [key, dueAt] = [`k${random(60)}`, step + random(50)]
        for (const one of [buffer, model]) one.put(key, dueAt, update(`v${step}`, null, step))
      } else if (what < 16) expect(buffer.shift()).toEqual(model.shift())
      else if (what < 18) table.drain(() => {})
      else if (what === 18) write()
      else {
        write()
        table = open()
        buffer = new TimeOrderedBuffer(table, codecs)
      }
      const found = [buffer.records, buffer.bytes, buffer.firstDueAt]
      expect(found).toEqual([model.records, model.bytes, model.firstDueAt])
    }
    file.close()
    rmSync(directory, { recursive: true })
  },
)
