import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StateFile } from '../../../src/storage/key-value.ts'
import type { AnyCodec } from '../../../src/streams/codecs/codec.ts'
import { string } from '../../../src/streams/codecs/string.ts'
import { valueRows } from '../../../src/streams/state/row-format.ts'
import { SessionStore } from '../../../src/streams/state/session-store.ts'
import { StateMemory } from '../../../src/streams/state/state-memory.ts'
import { MemoryTable, type StateTable } from '../../../src/streams/state/state-table.ts'
import { StoredTable } from '../../../src/streams/state/stored-table.ts'
import { WindowStore } from '../../../src/streams/state/window-store.ts'

const codec = string as AnyCodec
const retentionMs = 400
let file: string
beforeEach(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), 'streamctl-state-')), 'task.db')
})
afterEach(() => rmSync(path.dirname(file), { recursive: true, force: true }))

/** A table that keeps nothing in memory that the file has, and is closed and opened again at `again`. */
class SmallTable {
  #file = new StateFile(file, { cacheBytes: 1 << 20 })
  table = this.#open()

  /** What is committed is written, sometimes only drained. */
  commit(isWritten: boolean): void {
    this.table.drain(() => {})
    if (!isWritten) return
    this.#file.commit({ changes: this.table.unwritten(), positions: {} })
    this.table.written()
  }

  again(): void {
    this.commit(true)
    this.close()
    this.#file = new StateFile(file, { cacheBytes: 1 << 20 })
    this.table = this.#open()
  }

  close(): void {
    this.table.close()
    this.#file.close()
  }

  #open(): StoredTable {
    const memory = new StateMemory(600)
    return new StoredTable({ name: 'rows', file: this.#file.table('rows'), rows: valueRows(codec), memory })
  }
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

interface Kind<S> {
  readonly create: (table: StateTable) => S
  readonly put: (store: S, key: string, time: number, value: string | null) => void
  readonly seen: (store: S, from: number, to: number) => unknown
}

/** Does the same to a store in memory and to one whose rows are in a file: they are to answer the same at any time. */
function compare<S>({ create, put, seen }: Kind<S>, seed: number): void {
  const below = numbers(seed)
  const small = new SmallTable()
  let paged = create(small.table)
  const resident = create(new MemoryTable())
  let time = 0
  for (let step = 0; step < 700; step++) {
    time += below(12)
    const [key, at, value] = [`k${below(40)}`, Math.max(0, time - below(300)), below(9) === 0 ? null : `v${step}`]
    for (const store of [paged, resident]) put(store, key, at, value)
    if (below(20) === 0) small.commit(below(2) === 0)
    if (below(60) === 0) {
      const from = Math.max(0, time - below(500))
      const to = from + below(400)
      expect(seen(paged, from, to)).toEqual(seen(resident, from, to))
    }
    if (below(400) === 0) {
      small.again()
      paged = create(small.table)
    }
  }
  expect(small.table.isResident).toBe(false)
  expect(seen(paged, 0, time)).toEqual(seen(resident, 0, time))
  // What has expired goes from the file, too, but for the last stretch.
  small.commit(true)
  expect([...small.table.range('')].length).toBeLessThan(200)
  small.close()
}

test.each([1, 2, 3])('windows in a file are found and expire as those in memory (seed %i)', seed => {
  compare(
    {
      create: table => new WindowStore(table, { key: codec, value: codec, retentionMs, duplicates: false }),
      put: (store, key, time, value) => store.put(key, time - (time % 10), value, time),
      seen: (store, from, to) => [store.fetchAll(from, to), [...store.all()]],
    },
    seed,
  )
})

test.each([4, 5])('all values of one time keep the order of their arrival in a file (seed %i)', seed => {
  compare(
    {
      create: table => new WindowStore(table, { key: codec, value: codec, retentionMs, duplicates: true }),
      put: (store, key, time, value) => store.put(key, time - (time % 50), value, time),
      seen: (store, from, to) => [
        store.fetchAll(from, to).map(({ key, start, value }) => [key, start, value]),
        store.fetch('k1', from, to).map(({ value }) => value),
      ],
    },
    seed,
  )
})

test.each([6, 7])('sessions in a file are found and expire as those in memory (seed %i)', seed => {
  compare(
    {
      create: table => new SessionStore(table, { key: codec, value: codec, retentionMs }),
      put: (store, key, time, value) => store.put(key, { start: time - (time % 30), end: time }, value),
      seen: (store, from, to) => [store.findEnded(from, to), store.find('k1', from, to), [...store.all()]],
    },
    seed,
  )
})
