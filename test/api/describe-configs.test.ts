import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RequestInput } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeConfigsApi } from '../../src/protocol/messages/describe-configs.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode({ settings: { 'log.retention.ms': '5000' } })
  await node.createTopic('orders', { overrides: { 'cleanup.policy': 'compact' } })
})
afterEach(() => node.close())

const [topic, broker, brokerLogger, clientMetrics, group] = [2, 4, 8, 16, 32]

type Wanted = readonly [resourceType: number | undefined, resourceName: string, names?: readonly string[]]
type Options = Partial<RequestInput<typeof describeConfigsApi>>

async function describe(version: number, wanted: readonly Wanted[], options: Options = {}) {
  const resources = wanted.map(([resourceType = 0, resourceName, configurationKeys = null]) => ({
    resourceType,
    resourceName,
    configurationKeys,
  }))
  return (await node.call(describeConfigsApi, version, { resources, ...options })).results
}

for (let version = 0; version <= 4; version++) {
  test(`version ${version} tells the settings of a topic and where they come from`, async () => {
    const [result] = await describe(version, [[topic, 'orders']])
    expect(result).toMatchObject({ errorCode: 0, errorMessage: null, resourceType: topic, resourceName: 'orders' })
    const entry = (name: string) => result!.configs.find(config => config.name === name)
    const place = (configSource: number) => (version === 0 ? { isDefault: configSource === 5 } : { configSource })
    expect(entry('cleanup.policy')).toMatchObject({ value: 'compact', readOnly: false, ...place(1) })
    expect(entry('retention.ms')).toMatchObject({ value: '5000', ...place(4) })
    expect(entry('max.message.bytes')).toMatchObject({ value: '1048588', isSensitive: false, ...place(5) })
  })
}

test('only those that were asked for are told, and all for an empty list', async () => {
  const [some, all, none] = await describe(4, [
    [topic, 'orders', ['retention.ms', 'nothing.like.it']],
    [topic, 'orders', []],
    [topic, 'orders'],
  ])
  expect(some!.configs.map(({ name }) => name)).toEqual(['retention.ms'])
  expect(all!.configs.length).toBeGreaterThan(20)
  expect(none!.configs).toEqual(all!.configs)
})

test('synonyms and documentation are told when they are asked for', async () => {
  const wanted: Wanted[] = [[topic, 'orders', ['cleanup.policy']]]
  const [without] = await describe(4, wanted)
  expect(without!.configs[0]).toMatchObject({ synonyms: [], documentation: null, configType: 7 })
  const [withAll] = await describe(4, wanted, { includeSynonyms: true, includeDocumentation: true })
  expect(withAll!.configs[0]!.synonyms).toEqual([
    { name: 'cleanup.policy', value: 'compact', source: 1 },
    { name: 'log.cleanup.policy', value: 'delete', source: 5 },
  ])
  expect(withAll!.configs[0]!.documentation).toContain('compact')
})

test('the broker tells all its settings, which of them are fixed, and the default of all brokers what was set', async () => {
  const [node1, all] = await describe(4, [
    [broker, '1'],
    [broker, ''],
  ])
  expect(node1!.configs.find(({ name }) => name === 'node.id')).toMatchObject({ value: '1', readOnly: true })
  expect(node1!.configs.find(({ name }) => name === 'log.retention.ms')).toMatchObject({
    value: '5000',
    configSource: 4,
  })
  expect(all).toMatchObject({ errorCode: 0, configs: [] })
})

test('the broker tells where it is, as this client reaches it', async () => {
  const [result] = await describe(4, [
    [broker, '1', ['advertised.listeners', 'authorizer.class.name', 'listeners', 'log.dirs', 'broker.id']],
  ])
  expect(
    result!.configs.map(({ name, value, readOnly, configSource }) => [name, value, readOnly, configSource]),
  ).toEqual([
    ['advertised.listeners', 'PLAINTEXT://node.test:9092', true, 4],
    ['authorizer.class.name', '', true, 5],
    ['broker.id', '1', true, 4],
    ['listeners', 'PLAINTEXT://0.0.0.0:9092', true, 4],
    ['log.dirs', '/data', true, 4],
  ])
})

test('a group has defaults, and what it was given', async () => {
  node.services.configuration.groups.set('readers', new Map([['consumer.session.timeout.ms', '50000']]))
  const [result] = await describe(4, [[group, 'readers']], { includeSynonyms: true, includeDocumentation: true })
  expect(result!.errorCode).toBe(0)
  const entry = (name: string) => result!.configs.find(config => config.name === name)
  expect(entry('consumer.session.timeout.ms')).toMatchObject({
    value: '50000',
    readOnly: false,
    configSource: 8,
    synonyms: [{ name: 'consumer.session.timeout.ms', value: '50000', source: 8 }],
  })
  expect(entry('share.auto.offset.reset')).toMatchObject({
    value: 'latest',
    configSource: 5,
    synonyms: [{ name: 'share.auto.offset.reset', value: 'latest', source: 5 }],
  })
  expect(entry('streams.session.timeout.ms')!.documentation).toContain('not served')
  expect(result!.configs).toHaveLength(11)
})

test('a subscription to client metrics has defaults, and what it was given', async () => {
  node.services.configuration.clientMetrics.set('all', new Map([['metrics', 'a,b']]))
  const [result] = await describe(4, [[clientMetrics, 'all']], { includeSynonyms: true })
  expect(result!.configs.map(({ name, value, configSource }) => [name, value, configSource])).toEqual([
    ['interval.ms', '300000', 5],
    ['match', '', 5],
    ['metrics', 'a,b', 7],
  ])
  expect(result!.configs.map(({ synonyms }) => synonyms.length)).toEqual([0, 0, 1])
})

test('a failing resource leaves its neighbours unaffected', async () => {
  const results = await describe(4, [
    [topic, 'nowhere'],
    [topic, 'not allowed'],
    [broker, '7'],
    [brokerLogger, '1'],
    [clientMetrics, ''],
    [group, ''],
    [99, 'x'],
    [topic, 'orders', ['retention.ms']],
  ])
  expect(results.map(({ errorCode, configs }) => [errorCode, configs.length])).toEqual([
    [ErrorCode.unknownTopicOrPartition, 0],
    [ErrorCode.invalidTopicException, 0],
    [ErrorCode.invalidRequest, 0],
    [ErrorCode.invalidRequest, 0],
    [ErrorCode.invalidRequest, 0],
    [ErrorCode.invalidRequest, 0],
    [ErrorCode.invalidRequest, 0],
    [ErrorCode.none, 1],
  ])
  expect(results[3]!.errorMessage).toContain('logger')
})
