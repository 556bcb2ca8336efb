import { expect, test } from 'vitest'
import {
  bigint64,
  bytes,
  float64,
  int64,
  json,
  session,
  streams,
  string,
  topic,
  tumbling,
} from '../../../src/streams/script.ts'
import { keyOfText, keysOfText, plainValue } from '../../../src/streams/serving/key-argument.ts'
import { readStore, type TaskStore } from '../../../src/streams/serving/read-store.ts'
import type { StoreEntry, StoreRequest } from '../../../src/streams/serving/running-application.ts'
import { Marks } from '../../../src/streams/state/marks.ts'
import { MemoryTable } from '../../../src/streams/state/state-table.ts'
import { LocalRun } from '../../../src/streams/task/local-run.ts'
import type { Application } from '../../../src/streams/topology/application.ts'

const clicks = topic('clicks', { key: string, value: json<{ n: number }>() })

/** A topology with a store of each kind that can be read, fed with clicks. */
function fed(records: readonly (readonly [key: string, n: number, timestamp: number])[]): (name: string) => TaskStore {
  const application = streams('clicks', builder => {
    const stream = builder.stream(clicks)
    const sum = (a: number, value: { n: number }): number => a + value.n
    stream.groupByKey().aggregate(() => 0, sum, { store: 'sums', value: int64 })
    const minutes = stream.groupByKey().windowedBy(tumbling({ size: 60, grace: 0 }))
    minutes.count({ store: 'per-minute', retention: 120 })
    stream
      .groupByKey()
      .windowedBy(session({ gap: 10, grace: 100 }))
      .count({ store: 'sessions' })
    builder.table(topic('versions', { key: string, value: json<number>() }), {
      store: 'versioned',
      versioned: { historyRetention: '1h' },
    })
  }) as unknown as Application
  const tables = new Map<string, MemoryTable>()
  const run = new LocalRun({
    name: 'clicks',
    plan: application.plan,
    now: () => 0,
    marks: new Marks(),
    table: ({ name }) => {
      const table = new MemoryTable()
      tables.set(name, table)
      return table
    },
    written: () => {},
    invalid: () => {},
  })
  const headers = new Map<string, Uint8Array>()
  for (const [key, n, timestamp] of records) {
    run.pipe('clicks', { key: string.encode(key), value: clicks.value.encode({ n }), timestamp, headers })
    run.pipe('versions', { key: string.encode(key), value: Buffer.from(String(n)), timestamp, headers })
  }
  return name => ({ definition: application.plan.stores.get(name)!, table: tables.get(name)!, store: run.store(name) })
}

const store = fed([
  ['a', 1, 0],
  ['b', 2, 5],
  ['ab', 3, 61],
  ['a', 4, 130],
  ['é', 5, 185],
])

const entriesOf = (name: string, request: Partial<StoreRequest>): readonly StoreEntry[] =>
  readStore(store(name), { limit: 100, ...request }).entries

test('a key, a range of keys, and all are read in the order of the keys', () => {
  expect(entriesOf('sums', { key: 'a' })).toEqual([{ key: 'a', value: 5, timestamp: 130 }])
  expect(entriesOf('sums', { key: 'none' })).toEqual([])
  expect(entriesOf('sums', {}).map(({ key }) => key)).toEqual(['a', 'ab', 'b', 'é'])
  expect(entriesOf('sums', { from: 'ab', to: 'b' }).map(({ key }) => key)).toEqual(['ab', 'b'])
  expect(entriesOf('sums', { from: 'b' }).map(({ key }) => key)).toEqual(['b', 'é'])
})

test('windows are those that share time with what is asked for; expired ones are gone', () => {
  const windows = (request: Partial<StoreRequest>): unknown =>
    entriesOf('per-minute', request).map(({ key, window, value }) => [key, window?.start, window?.end, value])
  const kept = [
    ['a', 120, 180, 1],
    ['é', 180, 240, 1],
  ]
  expect(windows({})).toEqual(kept)
  expect(windows({ key: 'a' })).toEqual(kept.slice(0, 1))
  expect(windows({ window: { start: 179, end: 180 } })).toEqual(kept.slice(0, 1))
  expect(windows({ window: { start: 180, end: 181 } })).toEqual(kept.slice(1))
})

test('sessions include their end', () => {
  const found = (start: number): number => entriesOf('sessions', { window: { start, end: start + 1 } }).length
  expect([found(129), found(130), found(131)]).toEqual([0, 1, 0])
})

test('of a versioned store the latest versions are read', () => {
  expect(entriesOf('versioned', { key: 'a' }).map(({ value }) => value)).toEqual([4])
  expect(entriesOf('versioned', {}).map(({ value }) => value)).toEqual([4, 3, 2, 5])
})

test.each(['sums', 'versioned', 'per-minute', 'sessions'])('%s is read page by page to the same end', name => {
  const all = entriesOf(name, {})
  const paged: StoreEntry[] = []
  for (let after: string | undefined, page = 0; page < 20; page++) {
    const { entries, next } = readStore(store(name), { limit: 1, ...(after !== undefined && { after }) })
    paged.push(...entries)
    if (next === undefined) break
    after = next
  }
  expect(paged).toEqual(all)
})

test('windows are refused where there are none', () => {
  expect(() => readStore(store('sums'), { limit: 1, window: { start: 0, end: 1 } })).toThrow('has no windows')
})

test('the text of a key is read as the store writes its keys', () => {
  expect(keyOfText(string, '5')).toBe('5')
  expect(keyOfText(int64, '5')).toBe(5)
  expect(keyOfText(float64, '5.5')).toBe(5.5)
  expect(keyOfText(bigint64, '9007199254740993')).toBe(9007199254740993n)
  expect(keyOfText(bytes, 'é')).toEqual(Buffer.from('é'))
  expect(keyOfText(json(), '{"a":1}')).toEqual({ a: 1 })
  expect(keyOfText(json(), 'text')).toBe('text')
  expect(() => keyOfText(int64, 'five')).toThrow('are numbers')
  expect(() => keyOfText(bigint64, '5.5')).toThrow('whole numbers')
})

test('where keys are JSON, a text that looks like a number may be either', () => {
  expect(keysOfText(json(), '404')).toEqual([404, '404'])
  expect(keysOfText(json(), 'text')).toEqual(['text'])
  expect(keysOfText(string, '404')).toEqual(['404'])
  expect(keysOfText(int64, '404')).toEqual([404])
})

test('what JSON cannot say is said in text', () => {
  expect(plainValue(5n)).toBe('5')
  expect(plainValue(Buffer.from('text'))).toBe('text')
  expect(plainValue(Buffer.from([255, 0]))).toBe('0xff00')
  expect(plainValue({ a: 1 })).toEqual({ a: 1 })
})
