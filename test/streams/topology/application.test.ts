import { expect, test } from 'vitest'
import { OperatorError } from '../../../src/base/errors.ts'
import {
  type Builder,
  hopping,
  int64,
  json,
  session,
  sliding,
  streams,
  string,
  topic,
  tumbling,
} from '../../../src/streams/script.ts'
import { TestDriver } from '../../../src/streams/test-driver.ts'

const orders = topic('orders', { key: string, value: json<{ customer: string; cents: number }>() })
const customers = topic('customers', { key: string, value: json<{ name: string }>() })
const totals = topic('totals', { key: string, value: int64 })

const build = (make: (builder: Builder) => void) => () => streams('test', make)

test.each<[string, () => unknown, RegExp]>([
  ['a duration without a unit', () => tumbling({ size: '1' as '1s', grace: 0 }), /size is no duration: "1"/],
  ['a missing duration', () => tumbling({ size: '1m' } as { size: '1m'; grace: 0 }), /grace is missing/],
  ['windows without a size', () => tumbling({ size: 0, grace: 0 }), /more than 0 ms/],
  ['windows that leave records out', () => hopping({ size: '1s', advance: '2s', grace: 0 }), /leave records out/],
  ['a sliding window of nothing', () => sliding({ difference: 0, grace: 0 }), /difference of a sliding window/],
  ['sessions without a gap', () => session({ gap: 0, grace: 0 }), /gap of a session/],
  ['a topic that cannot be', () => topic('no/topic', { key: string, value: string }), /cannot be the name of a topic/],
  ['an application without a name', () => streams('', () => {}), /cannot be the name of an application/],
  ['nothing to read', build(() => {}), /reads nothing/],
  [
    'a store that nobody declared',
    build(b =>
      b
        .stream(orders)
        .process(() => ({ process() {} }), { stores: ['x'] })
        .to(orders),
    ),
    /uses the store x/,
  ],
  [
    'two stores of one name',
    build(b => {
      b.stream(orders).groupByKey().count({ store: 's' })
      b.table(customers, { store: 's' })
    }),
    /two stores are called s/,
  ],
  [
    'keys that are written in two ways',
    build(b => b.stream(orders).join(b.table(topic('other', { key: json<string>(), value: string })), l => l)),
    /write their keys in different ways/,
  ],
  [
    'a grace with a table that keeps no versions',
    build(b => b.stream(orders).join(b.table(customers), l => l, { grace: '1s' })),
    /keeps its versions/,
  ],
  [
    'a retention that is shorter than the windows',
    build(b =>
      b
        .stream(orders)
        .groupByKey()
        .windowedBy(tumbling({ size: '1m', grace: '10s' }))
        .count({ retention: '1m' }),
    ),
    /needed for 70000 ms/,
  ],
  [
    'final results of a table without windows',
    build(b => b.stream(orders).groupByKey().count().suppress('until-window-closes')),
    /only windowed tables/,
  ],
  [
    'late records before there are windows',
    build(b =>
      b
        .stream(orders)
        .groupByKey()
        .windowedBy(tumbling({ size: 1, grace: 0 }))
        .late(),
    ),
    /before the windows are aggregated/,
  ],
  [
    'a topic that is written in two ways',
    build(b => {
      b.table(orders)
      b.stream(topic('orders', { key: string, value: int64 }))
    }),
    /read in two ways/,
  ],
  [
    'a pattern without an end',
    build(b =>
      b
        .stream(orders)
        .match(
          p => p.begin('a', () => true).notFollowedBy(() => true),
          () => 0,
        )
        .to(totals),
    ),
    /never ends/,
  ],
])('%s is refused when the topology is built', (_what, make, message) => {
  expect(make).toThrow(OperatorError)
  expect(make).toThrow(message)
})

test('a re-keyed stream is joined through a topic that is written as the table is', () => {
  const topology = streams('enrich', b => {
    b.stream(orders)
      .selectKey(order => order.customer)
      .join(b.table(customers), (order, { name }) => ({ ...order, name }))
      .mapValues(order => order.cents)
      .to(totals)
  }) as unknown as { plan: { nodes: { name: string; kind: string; key?: unknown }[]; copartitioned: string[][] } }
  const sink = topology.plan.nodes.find(({ name }) => name.startsWith('KSTREAM-SINK-') && name.endsWith('2'))
  expect(topology.plan.nodes.filter(({ kind }) => kind !== 'processor').every(({ key }) => key === string)).toBe(true)
  expect(topology.plan.copartitioned).toEqual([['KSTREAM-KEY-SELECT-0000000001-repartition', 'customers']])
  expect(sink?.kind).not.toBe('processor')
})

test('a picture shows what follows from what', () => {
  const topology = streams('count', b => b.stream(orders).groupByKey().count({ store: 'counts' }).toStream().to(totals))
  expect(topology.picture().split('\n')).toEqual([
    'sub-topology 0',
    '  (orders) → KSTREAM-SOURCE-0000000000',
    '  └─ KSTREAM-AGGREGATE-0000000001 [counts]',
    '     └─ KTABLE-TOSTREAM-0000000002',
    '        └─ KSTREAM-SINK-0000000003 → (totals)',
  ])
})

test('a record that the schema refuses fails, or is left out, as its topic says', () => {
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) =>
        typeof value === 'number' ? { value } : { issues: [{ message: 'no number', path: ['n'] }] },
    },
  }
  const run = (onInvalid: 'fail' | 'skip') => {
    const strict = topic('numbers', { key: string, value: json<number>(schema), onInvalid })
    const driver = TestDriver.start(streams('test', b => b.stream(strict).to(totals)))
    driver.pipe(strict, { key: 'k', value: 'text' as unknown as number, timestamp: 0 })
    driver.pipe(strict, { key: 'k', value: 5, timestamp: 0 })
    return driver.output(totals).readAll()
  }
  expect(() => run('fail')).toThrow('the value of numbers-0@0 is invalid: n: no number')
  expect(run('skip').map(({ value }) => value)).toEqual([5])
})
