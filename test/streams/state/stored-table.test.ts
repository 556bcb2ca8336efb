import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StateFile } from '../../../src/storage/key-value.ts'
import type { AnyCodec } from '../../../src/streams/codecs/codec.ts'
import { string } from '../../../src/streams/codecs/string.ts'
import { valueRows } from '../../../src/streams/state/row-format.ts'
import { StateMemory } from '../../../src/streams/state/state-memory.ts'
import { MemoryTable, type StateTable } from '../../../src/streams/state/state-table.ts'
import { StoredTable } from '../../../src/streams/state/stored-table.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'streamctl-state-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (): StateFile => new StateFile(path.join(directory, 'task.db'), { cacheBytes: 1 << 20 })
const memoryOf = (bytesMax: number): StateMemory => new StateMemory(bytesMax)
const tableOf = (file: StateFile, memory: StateMemory): StoredTable =>
  new StoredTable({ name: 'counts', file: file.table('counts'), rows: valueRows(string as AnyCodec), memory })

function write(file: StateFile, table: StoredTable): void {
  file.commit({ changes: table.unwritten(), positions: {} })
  table.written()
}

const all = (table: StateTable): [string, unknown][] => [...table.range('')].map(([key, { value }]) => [key, value])

/** A generator of the same numbers in every run (xorshift). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

test.each([
  ['in memory', 1 << 30],
  ['that outgrows its memory', 6_000],
  ['without memory', 0],
])('a table %s holds what a map would, whenever it is drained, written and opened again', (_, bytesMax) => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = numbers(seed * 7_919)
    let file = open()
    let [table, model] = [tableOf(file, memoryOf(bytesMax)), new MemoryTable()]
    for (let step = 0; step < 400; step++) {
      const key = `k${random(40)}`
      const what = random(20)
      if (what < 10) for (const one of [table, model]) one.put(key, { value: `v${step}`, timestamp: step })
      else if (what < 16) for (const one of [table, model]) one.remove(key)
      else if (what < 18) table.drain(() => {})
      else if (what === 18) write(file, table)
      else {
        table.drain(() => {})
        write(file, table)
        table.close()
        file.close()
        file = open()
        table = tableOf(file, memoryOf(bytesMax))
      }
      if (step % 20 === 0) expect(all(table)).toEqual(all(model))
    }
    expect(all(table)).toEqual(all(model))
    file.close()
    rmSync(path.join(directory, 'task.db'), { force: true })
    model = new MemoryTable()
  }
})

test('a row that comes and goes between two writes never reaches the file, and its deletion is handed out', () => {
  const file = open()
  const table = tableOf(file, memoryOf(1 << 30))
  const handedOut: string[] = []
  table.put('a', { value: 'x', timestamp: 1 })
  table.drain((key, row) => handedOut.push(`${key} ${row?.value}`))
  table.remove('a')
  table.drain((key, row) => handedOut.push(`${key} ${row?.value}`))
  expect(handedOut).toEqual(['a x', 'a undefined'])
  expect([...table.unwritten()]).toEqual([])
  file.close()
})

test('a row that comes and goes between two commits leaves no trace', () => {
  const file = open()
  const table = tableOf(file, memoryOf(1 << 30))
  const handedOut: string[] = []
  const drain = (): void => table.drain((key, row) => handedOut.push(`${key} ${row?.value}`))
  table.put('a', { value: 'x', timestamp: 1 })
  table.put('a', { value: 'y', timestamp: 2 })
  table.remove('a')
  drain()
  expect(handedOut).toEqual([])
  table.put('b', { value: 'x', timestamp: 1 })
  drain()
  table.remove('b')
  table.put('b', { value: 'y', timestamp: 2 })
  table.remove('b')
  drain()
  expect(handedOut).toEqual(['b x', 'b undefined'])
  expect([...table.unwritten()]).toEqual([])
  file.close()
})

test('tables of one memory count together, and a table that is closed gives its share back', () => {
  const file = open()
  const memory = memoryOf(1 << 30)
  const table = tableOf(file, memory)
  table.put('a', { value: 'x', timestamp: 1 })
  expect(memory.bytes).toBeGreaterThan(0)
  table.remove('a')
  expect(memory.bytes).toBe(0)
  table.put('b', { value: 'y', timestamp: 1 })
  table.close()
  expect(memory.bytes).toBe(0)
  file.close()
})

test('a table goes over to its file when its thread holds more than it may', () => {
  const file = open()
  const table = tableOf(file, memoryOf(1_000))
  table.put('a', { value: 'x', timestamp: 1 })
  table.drain(() => {})
  expect(table.isResident).toBe(true)
  for (let number = 0; number < 100; number++) table.put(`k${number}`, { value: 'y', timestamp: 1 })
  table.drain(() => {})
  expect(table.isResident).toBe(false)
  expect(table.get('a')?.value).toBe('x')
  file.close()
})
