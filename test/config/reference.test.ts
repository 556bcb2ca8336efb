import { expect, test } from 'vitest'
import { ConfigSource, Configuration } from '../../src/config/configuration.ts'
import { ConfigType } from '../../src/config/kinds.ts'
import {
  type ConfigEntry,
  describeBroker,
  describeBrokerDefault,
  describeTopic,
  markdownRows,
} from '../../src/config/reference.ts'
import { resolveConfiguration } from '../../src/config/resolve.ts'

const facts = { nodeId: 1, logDirectory: '/data', listeners: [] }

const named = (entries: readonly ConfigEntry[], name: string): ConfigEntry | undefined =>
  entries.find(entry => entry.name === name)

test('a topic without overrides shows the defaults, as Kafka does', () => {
  const entries = describeTopic(new Configuration(), new Map())
  expect(named(entries, 'retention.ms')).toEqual({
    name: 'retention.ms',
    value: '604800000',
    readOnly: false,
    configSource: ConfigSource.default,
    isSensitive: false,
    synonyms: [],
    configType: ConfigType.long,
    documentation: 'Records older than this are deleted. -1 keeps them for ever.',
  })
  expect(named(entries, 'flush.ms')?.value).toBe('9223372036854775807')
  expect(named(entries, 'cleanup.policy')).toMatchObject({ value: 'delete', configType: ConfigType.list })
})

test('the strongest source of a topic setting stands first', () => {
  const configuration = resolveConfiguration({ flags: { 'log.retention.hours': '24' } })
  configuration.setBrokerOverrides('default', new Map([['log.retention.ms', '2']]))
  configuration.setBrokerOverrides('node', new Map([['log.retention.ms', '3']]))
  const entry = named(describeTopic(configuration, new Map([['retention.ms', '1']])), 'retention.ms')
  expect(entry).toMatchObject({ value: '1', configSource: ConfigSource.dynamicTopic })
  expect(entry?.synonyms).toEqual([
    { name: 'retention.ms', value: '1', source: ConfigSource.dynamicTopic },
    { name: 'log.retention.ms', value: '3', source: ConfigSource.dynamicBroker },
    { name: 'log.retention.ms', value: '2', source: ConfigSource.dynamicDefaultBroker },
    { name: 'log.retention.hours', value: '24', source: ConfigSource.staticBroker },
    { name: 'log.retention.hours', value: '168', source: ConfigSource.default },
  ])
})

test("behind a topic's own text the hours stand only where the broker has milliseconds, as with Kafka 4.2", () => {
  const entry = named(describeTopic(new Configuration(), new Map([['retention.ms', '1']])), 'retention.ms')
  expect(entry?.synonyms).toEqual([{ name: 'retention.ms', value: '1', source: ConfigSource.dynamicTopic }])
})

test('a topic that follows the hours of the broker shows them as Kafka 4.2 does', () => {
  // Rows of a Kafka 4.2.0 with log.retention.hours=24: before and after log.retention.ms was set for all brokers.
  const configuration = resolveConfiguration({ flags: { 'log.retention.hours': '24' } })
  const rows = () => [
    named(describeTopic(configuration, new Map()), 'retention.ms'),
    named(describeBroker(configuration, facts), 'log.retention.ms'),
  ]
  expect(rows()).toMatchObject([
    { value: '86400000', configSource: ConfigSource.default, synonyms: [] },
    { value: null, configSource: ConfigSource.default, synonyms: [] },
  ])
  configuration.setBrokerOverrides('default', new Map([['log.retention.ms', '5000000']]))
  const synonyms = [
    { name: 'log.retention.ms', value: '5000000', source: ConfigSource.dynamicDefaultBroker },
    { name: 'log.retention.hours', value: '24', source: ConfigSource.staticBroker },
    { name: 'log.retention.hours', value: '168', source: ConfigSource.default },
  ]
  expect(rows()).toMatchObject([
    { value: '5000000', configSource: ConfigSource.dynamicDefaultBroker, synonyms },
    { value: '5000000', configSource: ConfigSource.dynamicDefaultBroker, synonyms },
  ])
})

test('the node shows what is set, read-only where it cannot change while it runs', () => {
  const configuration = resolveConfiguration({ flags: { 'num.partitions': '3' } })
  configuration.setBrokerOverrides('node', new Map([['max.connections', '5']]))
  const entries = describeBroker(configuration, facts)
  expect(named(entries, 'num.partitions')).toMatchObject({
    value: '3',
    readOnly: true,
    configSource: ConfigSource.staticBroker,
    synonyms: [
      { name: 'num.partitions', value: '3', source: ConfigSource.staticBroker },
      { name: 'num.partitions', value: '1', source: ConfigSource.default },
    ],
  })
  expect(named(entries, 'max.connections')).toMatchObject({ value: '5', readOnly: false, configSource: 2 })
  expect(named(entries, 'log.retention.ms')).toMatchObject({ value: null, configSource: ConfigSource.default })
  expect(named(entries, 'log.retention.hours')).toMatchObject({ value: '168', readOnly: true })
  expect(named(entries, 'broker.rack')).toMatchObject({ value: null, synonyms: [] })
})

test('the broker without a name shows only what was set for all', () => {
  const configuration = new Configuration()
  expect(describeBrokerDefault(configuration)).toEqual([])
  configuration.setBrokerOverrides('default', new Map([['max.connections', '5']]))
  expect(describeBrokerDefault(configuration)).toMatchObject([
    { name: 'max.connections', value: '5', configSource: ConfigSource.dynamicDefaultBroker, readOnly: false },
  ])
})

test('the tables for the README have one line for each setting', () => {
  const rows = markdownRows().split('\n')
  expect(rows.filter(row => row.startsWith('| `num.partitions` |'))).toEqual([
    '| `num.partitions` | `1` | a whole number from 1 on | `STREAMCTL_NUM_PARTITIONS` | ' +
      'Partitions of a topic that is created without a number. |',
  ])
  expect(rows.filter(row => row.startsWith('| `retention.ms` |'))).toHaveLength(1)
  for (const row of rows.filter(line => line !== '')) expect(row.split(/(?<!\\)\|/)).toHaveLength(7)
})
