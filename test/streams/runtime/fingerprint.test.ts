import { expect, test } from 'vitest'
import { checkStores, storeSignatures, topologySignature } from '../../../src/streams/runtime/fingerprint.ts'
import { int64, json, streams, string, topic, tumbling } from '../../../src/streams/script.ts'
import type { Application } from '../../../src/streams/topology/application.ts'
import type { Builder } from '../../../src/streams/types.ts'

const views = topic('views', { key: string, value: json<{ page: string; bot: boolean }>() })
const other = topic('other', { key: string, value: json<{ page: string; bot: boolean }>() })

const planOf = (build: (builder: Builder) => void) => (streams('app', build) as unknown as Application).plan

const counts = (builder: Builder): void =>
  void builder
    .stream(views)
    .groupBy(view => view.page)
    .count({ store: 'pages' })

function committed(build: (builder: Builder) => void): Record<string, string> {
  const plan = planOf(build)
  return Object.assign({}, ...plan.subTopologies.map(part => storeSignatures(plan, part)))
}

test.each<[string, (builder: Builder) => void]>([
  [
    'a filter',
    builder =>
      void builder
        .stream(views)
        .filter(view => !view.bot)
        .groupBy(view => view.page)
        .count({ store: 'pages' }),
  ],
  [
    'another key',
    builder =>
      void builder
        .stream(views)
        .groupBy(view => view.page.toLowerCase())
        .count({ store: 'pages' }),
  ],
  [
    'a new store',
    builder => {
      counts(builder)
      builder.stream(other).groupByKey().count({ store: 'others' })
    },
  ],
])('%s goes through', (_, build) => {
  expect(() => checkStores(planOf(build), committed(counts))).not.toThrow()
})

test.each<[string, (builder: Builder) => void]>([
  [
    'windows',
    builder =>
      void builder
        .stream(views)
        .groupBy(view => view.page)
        .windowedBy(tumbling({ size: '1m', grace: '0s' }))
        .count({ store: 'pages' }),
  ],
  [
    'another topic',
    builder =>
      void builder
        .stream(other)
        .groupBy(view => view.page)
        .count({ store: 'pages' }),
  ],
  [
    'another form of its values',
    builder =>
      void builder
        .stream(views)
        .groupByKey()
        .reduce(view => view, { store: 'pages' }),
  ],
])('state is refused after a change to %s, with the name of the store', (_, build) => {
  expect(() => checkStores(planOf(build), committed(counts))).toThrow(/the store pages/)
})

test('the signature of a topology is that of its tasks and stores, whatever the script computes', () => {
  const changed = planOf(
    builder =>
      void builder
        .stream(views)
        .filter(() => true)
        .groupBy(view => view.page)
        .count({ store: 'pages' }),
  )
  expect(topologySignature(changed)).toBe(topologySignature(planOf(counts)))
  const keyed = topic('views', { key: int64, value: json<{ page: string }>() })
  const other = planOf(builder => void builder.stream(keyed).groupByKey().count({ store: 'pages' }))
  expect(topologySignature(other)).not.toBe(topologySignature(planOf(counts)))
})
