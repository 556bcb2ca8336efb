import { expect, test } from 'vitest'
import { json, streams, string, topic, tumbling } from '../../src/streams/script.ts'
import { TestDriver } from '../../src/streams/test-driver.ts'

const words = topic('words', { key: string, value: json<string>() })
const counts = topic('counts', { key: string, value: json<number>() })
const topology = streams('driver', builder => {
  builder
    .stream(words)
    .groupByKey()
    .windowedBy(tumbling({ size: '1m', grace: 0 }))
    .count({ store: 'minutes' })
    .toStream()
    .map((count, { key }) => ({ key, value: count }), { key: string })
    .to(counts)
})

test('a record without a timestamp is of now, and now moves with the wall clock', async () => {
  await using driver = await TestDriver.create(topology, { startTime: '1970-01-01T00:02:00Z' })
  await driver.input(words).pipe('a', 'x')
  await driver.advanceWallClock('61s')
  await driver.input(words).pipe('a', 'y')
  expect(driver.output(counts).readAll()).toMatchObject([{ timestamp: 120_000 }, { timestamp: 181_000 }])
  expect(driver.streamTime()).toBe(181_000)
})

test('values are read once, and windows with both of their ends', async () => {
  await using driver = await TestDriver.create(topology)
  for (const at of [0, 5, '1970-01-01T00:00:59Z']) await driver.input(words).pipe('a', 'x', at)
  expect(driver.output(counts).readValues()).toEqual([1, 2, 3])
  expect(driver.output(counts).isEmpty()).toBe(true)
  expect(driver.store('minutes').all()).toEqual([[{ key: 'a', window: { start: 0, end: 60_000 } }, 3]])
  expect(driver.store('minutes').get({ key: 'a', window: { start: 0, end: 60_000 } })).toBe(3)
})

test('topics, stores and times that are not there are named', async () => {
  await using driver = await TestDriver.create(topology)
  await expect(driver.input(counts).pipe('a', 1)).rejects.toThrow('the topology driver does not read counts')
  expect(() => driver.store('hours')).toThrow('there is no store hours')
  await expect(driver.input(words).pipe('a', 'x', 'yesterday')).rejects.toThrow('"yesterday" is no time')
})
