import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StateFile } from '../../../src/storage/key-value.ts'
import type { AnyCodec } from '../../../src/streams/codecs/codec.ts'
import { textBytes } from '../../../src/streams/codecs/key-text.ts'
import { string } from '../../../src/streams/codecs/string.ts'
import { FileTable } from '../../../src/streams/state/file-table.ts'
import { valueRows } from '../../../src/streams/state/row-format.ts'
import { MemoryTable, type StateTable } from '../../../src/streams/state/state-table.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'streamctl-state-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (): StateFile => new StateFile(path.join(directory, 'task.db'), { cacheBytes: 1 << 20 })
const rows = valueRows(string as AnyCodec)
const tableOf = (file: StateFile, cachedBytes = 4_000): FileTable =>
  new FileTable({ file: file.table('counts'), rows, cachedBytes: () => cachedBytes })

function commit(file: StateFile, table: FileTable, positions: Record<string, number> = {}): void {
  table.drain(() => {})
  const changes = [...table.unwritten()].map(([key, row]) => ({
    table: 'counts',
    key: textBytes(key),
    row: row ? { value: rows.bytesOf(row.value), timestamp: row.timestamp } : undefined,
  }))
  file.commit({ changes, positions })
  table.written()
}

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

const all = (table: StateTable, from = '', to?: string): [string, unknown][] =>
  [...table.range(from, to)].map(([key, { value }]) => [key, value])

test('a table in a file holds what one in memory holds, whenever it is committed', () => {
  const file = open()
  const [table, model] = [tableOf(file), new MemoryTable()]
  const next = numbers(7)
  for (let step = 0; step < 4000; step++) {
    const key = `k${String(next(600)).padStart(3, '0')}`
    if (next(4) === 0) for (const each of [table, model]) each.remove(key)
    else for (const each of [table, model]) each.put(key, { value: `v${step}`, timestamp: step })
    expect(table.get(key)).toEqual(model.get(key))
    if (next(50) === 0) commit(file, table)
    if (next(200) === 0) {
      const [from, to] = [`k${next(600)}`, `k${next(600)}`]
      expect(all(table, from, to)).toEqual(all(model, from, to))
      expect([...table.reverse(from, to)]).toEqual([...model.reverse(from, to)])
    }
  }
  expect(all(table)).toEqual(all(model))
  file.close()
})

test('rows that are on the way to the file are seen', () => {
  const file = open()
  const table = tableOf(file, 0)
  table.put('a', { value: 'one', timestamp: 1 })
  table.drain(() => {})
  expect(table.get('a')?.value).toBe('one')
  table.remove('a')
  expect(table.get('a')).toBeUndefined()
  expect(all(table)).toEqual([])
  file.close()
})

test('what was committed is there after a restart, with its positions; what was not is gone', () => {
  const first = open()
  const table = tableOf(first)
  table.put('a', { value: 'kept', timestamp: 1 })
  commit(first, table, { 'views-0': 42 })
  table.put('b', { value: 'lost', timestamp: 2 })
  first.close()
  const second = open()
  expect(all(tableOf(second))).toEqual([['a', 'kept']])
  expect(second.positions()).toEqual({ 'views-0': 42 })
  second.close()
})

test('a walk goes on when rows come and go under it', () => {
  const file = open()
  const table = tableOf(file)
  for (let at = 0; at < 300; at++) table.put(`k${String(at).padStart(3, '0')}`, { value: 'x', timestamp: at })
  commit(file, table)
  const seen: string[] = []
  for (const [key] of table.range('')) {
    seen.push(key)
    table.remove(key)
  }
  expect(seen).toHaveLength(300)
  expect(table.isEmpty).toBe(true)
  file.close()
})

test('the database of another program is refused', () => {
  writeFileSync(path.join(directory, 'task.db'), Buffer.alloc(4096, 'SQLite format 3\0'))
  expect(open).toThrow()
})
