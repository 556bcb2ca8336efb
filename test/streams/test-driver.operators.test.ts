import { expect, test } from 'vitest'
import { int64, json, type Stream, streams, string, type Topic, topic, tumbling } from '../../src/streams/script.ts'
import { TestDriver } from '../../src/streams/test-driver.ts'

interface Login {
  readonly ip: string
  readonly ok: boolean
}

const logins = topic('logins', { key: string, value: json<Login>() })
const words = topic('words', { key: string, value: string })
const out = topic('out', { key: string, value: json<unknown>() })

/** A driver for what `build` makes of a topic, with a short way in and out. */
function driverOf<V>(input: Topic<string, V>, build: (stream: Stream<string, V>) => Stream<string, unknown>) {
  const driver = TestDriver.start(streams('test', builder => build(builder.stream(input)).to(out)))
  return {
    driver,
    pipe: (key: string, value: V | null, timestamp: number) => driver.pipe(input, { key, value, timestamp }),
    values: () =>
      driver
        .output(out)
        .readAll()
        .map(({ value }) => value),
  }
}

const failed = (ip: string): Login => ({ ip, ok: false })
const passed = (ip: string): Login => ({ ip, ok: true })

test('a record that repeats an id within the time is left out, also when it comes first', () => {
  const { pipe, values } = driverOf(words, stream => stream.deduplicate({ id: word => word, within: 10 }))
  pipe('k', 'a', 100)
  pipe('other', 'a', 110)
  pipe('k', 'a', 90)
  pipe('k', 'a', 111)
  pipe('k', 'b', 111)
  expect(values()).toEqual(['a', 'a', 'b'])
})

function bruteForce(afterMatch: 'past-last' | 'to-next' = 'past-last') {
  return driverOf(logins, stream =>
    stream.match(
      start =>
        start
          .begin('fail', login => !login.ok)
          .times({ min: 2 })
          .followedBy('ok', (login, { fail }) => login.ok && fail.some(({ ip }) => ip === login.ip))
          .within(100)
          .afterMatch(afterMatch),
      ({ fail, ok }, user) => `${user}: ${fail.map(({ ip }) => ip).join('')} ${ok[0]?.ip}`,
    ),
  )
}

test('a sequence is found over other records, with what was matched so far', () => {
  const { pipe, values } = bruteForce()
  pipe('u', failed('a'), 0)
  pipe('v', failed('x'), 1)
  pipe('u', passed('z'), 2)
  pipe('u', failed('b'), 3)
  pipe('u', passed('z'), 4)
  pipe('u', passed('b'), 5)
  pipe('u', passed('b'), 6)
  expect(values()).toEqual(['u: ab b'])
})

test('a sequence that takes too long is none, a later beginning of it still counts', () => {
  const { pipe, values } = bruteForce()
  pipe('u', failed('a'), 0)
  pipe('u', failed('b'), 90)
  pipe('u', failed('c'), 95)
  pipe('u', passed('b'), 101)
  expect(values()).toEqual(['u: bc b'])
})

test('to-next finds each beginning, past-last goes on behind the match', () => {
  const results = (['past-last', 'to-next'] as const).map(afterMatch => {
    const { pipe, values } = bruteForce(afterMatch)
    for (const [at, ip] of ['a', 'b', 'c'].entries()) pipe('u', failed(ip), at)
    pipe('u', passed('c'), 5)
    return values()
  })
  expect(results).toEqual([['u: abc c'], ['u: abc c', 'u: bc c']])
})

test('next is the very next record, notFollowedBy forbids one between', () => {
  const { pipe, values } = driverOf(words, stream =>
    stream.match(
      start =>
        start
          .begin('a', word => word === 'a')
          .next('b', word => word === 'b')
          .notFollowedBy(word => word === 'x')
          .followedBy('c', word => word === 'c'),
      () => 'found',
    ),
  )
  for (const [at, word] of ['a', 'y', 'b', 'c', 'a', 'b', 'x', 'c', 'a', 'b', 'y', 'c'].entries()) pipe('k', word, at)
  expect(values()).toEqual(['found'])
})

test('a sequence that ends with notFollowedBy is found when its time is over', () => {
  const { pipe, values } = driverOf(words, stream =>
    stream.match(
      start =>
        start
          .begin('order', word => word === 'order')
          .notFollowedBy(word => word === 'paid')
          .within(100),
      (_matched, key) => `${key} unpaid`,
    ),
  )
  pipe('a', 'order', 0)
  pipe('b', 'order', 5)
  pipe('b', 'paid', 50)
  pipe('c', 'other', 120)
  expect(values()).toEqual(['a unpaid'])
})

test('a sequence survives a crash in its middle', async () => {
  const { driver, pipe, values } = bruteForce()
  pipe('u', failed('a'), 0)
  pipe('u', failed('b'), 1)
  await driver.crashAndRestore()
  pipe('u', passed('b'), 2)
  expect(values()).toEqual(['u: ab b'])
})

test('records that came too late for their windows are a stream of their own', () => {
  const { pipe, values } = driverOf(words, stream => {
    const windows = stream.groupByKey().windowedBy(tumbling({ size: 10, grace: 5 }))
    windows.count()
    return windows.late()
  })
  pipe('k', 'first', 3)
  pipe('k', 'ahead', 30)
  pipe('k', 'late', 3)
  pipe('k', 'in time', 29)
  expect(values()).toEqual(['late'])
})

test('without input, windows close by the wall clock, no earlier than with input', async () => {
  const { driver, pipe, values } = driverOf(words, stream =>
    stream
      .groupByKey()
      .windowedBy(tumbling({ size: '1m', grace: '10s' }))
      .count({ emit: { final: true, idle: '30s' } })
      .toStream()
      .map((count, { key }) => ({ key, value: count })),
  )
  pipe('k', 'a', 5_000)
  await driver.advanceWallClock('29s')
  pipe('k', 'b', 6_000)
  await driver.advanceWallClock('31s')
  expect(values()).toEqual([])
  await driver.crashAndRestore()
  await driver.advanceWallClock('40s')
  expect(values()).toEqual([2])
  pipe('k', 'late', 7_000)
  await driver.advanceWallClock('10m')
  expect(values()).toEqual([])
})

test('a processor keeps state, forwards, and is called by stream time', () => {
  const topology = streams('test', builder => {
    builder.store('seen', { key: string, value: int64 })
    builder
      .stream(words)
      .process<string, number>(
        context => {
          const seen = context.store<string, number>('seen')
          context.schedule(10, 'stream-time', () => {
            for (const [word, count] of seen.all()) context.forward(word, count)
          })
          return { process: word => seen.put(word, (seen.get(word) ?? 0) + 1) }
        },
        { stores: ['seen'] },
      )
      .to(out)
  })
  const driver = TestDriver.start(topology)
  for (const [at, word] of ['a', 'b', 'a', 'a'].entries())
    driver.pipe(words, { key: 'k', value: word, timestamp: at * 5 })
  const results = driver.output(out).readAll()
  expect(results.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
    ['a', 1, 0],
    ['a', 2, 10],
    ['b', 1, 10],
  ])
  expect(driver.store('seen').all()).toEqual([
    ['a', 3],
    ['b', 1],
  ])
})

test('what a script does to an aggregate that it was handed does not change the old value', () => {
  const { pipe, values } = driverOf(words, stream =>
    stream
      .groupByKey()
      .aggregate<string[]>(
        () => [],
        (list, word) => {
          list.push(word)
          return list
        },
      )
      .groupBy((list, key) => ({ key, value: list.length }))
      .reduce(
        (a, b) => a + b,
        (a, b) => a - b,
      )
      .toStream(),
  )
  for (const [at, word] of ['a', 'b', 'c'].entries()) pipe('k', word, at)
  expect(values()).toEqual([1, 2, 3])
})
