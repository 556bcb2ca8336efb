import { expect, test } from 'vitest'
import { planPartitions } from '../../../src/streams/runtime/partition-plan.ts'
import { json, streams, string, topic, tumbling } from '../../../src/streams/script.ts'
import type { Application } from '../../../src/streams/topology/application.ts'
import type { Builder } from '../../../src/streams/types.ts'

const left = topic('left', { key: string, value: json<{ id: string }>() })
const right = topic('right', { key: string, value: json<{ id: string }>() })

function planned(build: (builder: Builder) => void, counts: Record<string, number>) {
  const { plan } = streams('app', build) as unknown as Application
  return planPartitions('app', plan, new Map(Object.entries(counts)))
}

test('a repartition topic has as many partitions as what is upstream, and a changelog as its sub-topology', () => {
  const { internalTopics, tasks } = planned(
    builder =>
      builder
        .stream(left)
        .groupBy(value => value.id)
        .count({ store: 'ids' }),
    { left: 3 },
  )
  expect(internalTopics.map(({ name, partitions }) => [name, partitions])).toEqual([
    ['app-ids-repartition', 3],
    ['app-ids-changelog', 3],
  ])
  expect(tasks.map(({ id }) => id)).toEqual(['0_0', '0_1', '0_2', '1_0', '1_1', '1_2'])
})

test('a repartition topic that is joined has as many partitions as the other side', () => {
  const { partitionCounts } = planned(
    builder =>
      builder
        .stream(left)
        .selectKey(value => value.id)
        .join(builder.stream(right), value => value, { within: '1s', grace: '0s' }),
    { left: 2, right: 5 },
  )
  const [repartition] = [...partitionCounts].filter(([name]) => name.endsWith('-repartition'))
  expect(repartition?.[1]).toBe(5)
})

test('topics that are joined and have different numbers of partitions are refused, by name and number', () => {
  const build = (builder: Builder): void => {
    builder.stream(left).join(builder.stream(right), value => value, { within: '1s', grace: '0s' })
  }
  expect(() => planned(build, { left: 2, right: 3 })).toThrow(/left has 2, right has 3/)
})

test('changelogs of tables are compacted; those of windows are also cut, a day behind what the store keeps', () => {
  const { internalTopics } = planned(
    builder => {
      const grouped = builder.stream(left).groupByKey()
      grouped.count({ store: 'all' })
      grouped.windowedBy(tumbling({ size: '1m', grace: '10s' })).count({ store: 'minutes', retention: '1h' })
    },
    { left: 1 },
  )
  const settings = Object.fromEntries(internalTopics.map(topic => [topic.name, Object.fromEntries(topic.settings)]))
  expect(settings['app-all-changelog']).toEqual({
    'cleanup.policy': 'compact',
    'message.timestamp.type': 'CreateTime',
  })
  expect(settings['app-minutes-changelog']).toEqual({
    'cleanup.policy': 'compact,delete',
    'message.timestamp.type': 'CreateTime',
    'retention.ms': String((1 + 24) * 3_600_000),
  })
})
