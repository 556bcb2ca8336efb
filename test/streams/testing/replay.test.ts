import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bytes, json, type StandardSchema, streams, string, topic } from '../../../src/streams/script.ts'
import { replay, TestDriver } from '../../../src/streams/testing/test-module.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-fixtures-'))
afterAll(() => rmSync(directory, { recursive: true }))

const isNumber: StandardSchema<number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: value => (typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }),
  },
}
const numbers = topic('numbers', { key: string, value: json(isNumber), onInvalid: { deadLetter: 'refused' } })
const others = topic('others', { key: string, value: json<number>() })
const doubled = topic('doubled', { key: string, value: json<number>() })
const refused = topic('refused', { key: string, value: bytes })
const topology = streams('double', builder => {
  builder
    .stream(numbers)
    .merge(builder.stream(others))
    .mapValues(value => value * 2)
    .to(doubled)
})

function fixture(name: string, ...records: (object | string)[]): string {
  const file = path.join(directory, name)
  writeFileSync(
    file,
    `${records.map(record => (typeof record === 'string' ? record : JSON.stringify(record))).join('\n')}\n`,
  )
  return file
}

async function replayed(file: string, ...topics: (typeof numbers)[]): Promise<{ count: number; values: unknown[] }> {
  await using driver = await TestDriver.create(topology)
  const count = await replay(driver, topics.length === 1 ? topics[0]! : topics, file)
  return {
    count,
    values: driver
      .output(doubled)
      .readAll()
      .map(({ value, timestamp }) => [value, timestamp]),
  }
}

test('a fixture of one topic goes to the one topic that is given', async () => {
  const file = fixture(
    'one.ndjson',
    { topic: 'production', key: 'a', value: '2', timestamp: 5 },
    { topic: 'production', key: 'b', value: '3', timestamp: 6 },
  )
  expect(await replayed(file, numbers)).toEqual({
    count: 2,
    values: [
      [4, 5],
      [6, 6],
    ],
  })
})

test('of several topics each record goes to its own, others are left out', async () => {
  const file = fixture(
    'more.ndjson',
    { topic: 'others', key: 'a', value: '1', timestamp: 1 },
    { topic: 'numbers', key: 'a', value: '2', timestamp: 2 },
    { topic: 'x', value: '9' },
  )
  expect(await replayed(file, numbers, others)).toEqual({
    count: 2,
    values: [
      [2, 1],
      [4, 2],
    ],
  })
  expect((await replayed(file, others)).count).toBe(1)
})

test('fixtures written by hand may hold JSON values and times as text', async () => {
  const file = fixture('hand.ndjson', { key: 'a', value: 7, timestamp: '1970-01-01T00:00:01Z' })
  expect((await replayed(file, numbers)).values).toEqual([[14, 1000]])
})

test('what a schema refuses is among the dead letters, with the reason', async () => {
  await using driver = await TestDriver.create(topology)
  await replay(
    driver,
    numbers,
    fixture('bad.ndjson', { key: 'a', value: '"text"', timestamp: 1 }, { key: 'a', value: '5', timestamp: 2 }),
  )
  const [letter, ...more] = driver.output(refused).readAll()
  expect(more).toEqual([])
  expect(Buffer.from(letter!.value!).toString()).toBe('"text"')
  expect(Buffer.from(letter!.headers.get('__streams.errors.message')!).toString()).toContain('no number')
  expect(driver.output(doubled).readAll()).toHaveLength(1)
})

test.each([
  ['not json', 'wrong.ndjson:1: not JSON'],
  ['[1]', 'wrong.ndjson:1: a record must be an object'],
  ['{"timestamp":"yesterday"}', 'wrong.ndjson:1: timestamp must be'],
  ['{"headers":[{"value":"x"}]}', 'wrong.ndjson:1: a header must be'],
  ['{"topic":"a"}\n{"topic":"b"}', 'is of numbers'],
])('the fixture %j is refused with its place', async (text, message) => {
  await expect(replayed(fixture('wrong.ndjson', text), numbers)).rejects.toThrow(message)
})

test('a fixture that is not there is told with how to record it', async () => {
  await expect(replayed(path.join(directory, 'gone.ndjson'), numbers)).rejects.toMatchObject({
    hint: 'streamctl capture TOPIC --out FILE records one',
  })
})

test('a record with which the script throws is a dead letter, and nothing else of it counts', async () => {
  const counted = streams(
    'count',
    builder => {
      const counts = builder.stream(others).groupByKey().count({ store: 'counts' })
      builder
        .stream(numbers)
        .peek(value => {
          if (value === 13) throw new Error('bad luck')
        })
        .to(doubled)
      counts.toStream().to(doubled)
      builder
        .stream(others)
        .peek(value => {
          if (value === 13) throw new Error('bad luck')
        })
        .to(doubled)
    },
    { onError: { deadLetter: 'refused' } },
  )
  await using driver = await TestDriver.create(counted)
  for (const value of [1, 13, 2]) await driver.input(others).pipe('a', value, 0)
  expect(driver.store('counts').get('a')).toBe(2)
  expect(
    driver
      .output(doubled)
      .readAll()
      .map(({ value }) => value),
  ).toEqual([1, 1, 2, 2])
  const letters = driver.output(refused).readAll()
  expect(letters.map(({ value }) => Buffer.from(value!).toString())).toEqual(['13'])
  expect(Buffer.from(letters[0]!.headers.get('__streams.errors.message')!).toString()).toBe('bad luck')
})
