import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { alterConfigsApi } from '../../src/protocol/messages/alter-configs.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { overrides: { 'cleanup.policy': 'compact', 'retention.ms': '1000' } })
})
afterEach(() => node.close())

const [topic, broker, brokerLogger, clientMetrics, group] = [2, 4, 8, 16, 32]

type Configs = Readonly<Record<string, string | null>>
type Wanted = readonly [resourceType: number | undefined, resourceName: string, configs: Configs]

async function alter(version: number, wanted: readonly Wanted[], validateOnly = false) {
  const resources = wanted.map(([resourceType = 0, resourceName, configs]) => ({
    resourceType,
    resourceName,
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }))
  const { responses } = await node.call(alterConfigsApi, version, { resources, validateOnly })
  return responses.map(({ errorCode }) => errorCode)
}

const overrides = () => Object.fromEntries(node.services.topics.get('orders')!.overrides)

for (let version = 0; version <= 2; version++) {
  test(`version ${version} replaces all settings of a topic`, async () => {
    expect(await alter(version, [[topic, 'orders', { 'retention.ms': '2000', 'segment.ms': '60000' }]])).toEqual([0])
    expect(overrides()).toEqual({ 'retention.ms': '2000', 'segment.ms': '60000' })
    expect(node.services.topics.get('orders')!.settings['cleanup.policy']).toEqual(['delete'])
  })
}

test('the dynamic settings of the broker are replaced, and topics follow', async () => {
  await node.createTopic('plain')
  const retention = () => node.services.topics.get('plain')!.settings['retention.ms']
  expect(await alter(2, [[broker, '', { 'log.retention.ms': '3000' }]])).toEqual([0])
  expect(retention()).toBe(3000)
  expect(await alter(2, [[broker, '1', { 'log.retention.ms': '4000' }]])).toEqual([0])
  expect(retention()).toBe(4000)
  expect(await alter(2, [[broker, '1', {}]])).toEqual([0])
  expect(retention()).toBe(3000)
})

test('the settings of a group, and of a subscription to client metrics, are replaced', async () => {
  const { groups, clientMetrics: subscriptions } = node.services.configuration
  const first: Wanted[] = [
    [group, 'readers', { 'consumer.session.timeout.ms': '50000' }],
    [clientMetrics, 'all', { metrics: '*' }],
  ]
  const second: Wanted[] = [
    [group, 'readers', { 'share.isolation.level': 'read_committed' }],
    [clientMetrics, 'all', { 'interval.ms': '1000' }],
  ]
  expect([...(await alter(2, first)), ...(await alter(2, second))]).toEqual([0, 0, 0, 0])
  expect([...groups.get('readers')]).toEqual([['share.isolation.level', 'read_committed']])
  expect([...subscriptions.get('all')]).toEqual([['interval.ms', '1000']])
})

test('validation alone changes nothing and finds the same faults', async () => {
  const before = overrides()
  const wanted: Wanted[] = [
    [topic, 'orders', { 'retention.ms': '2000' }],
    [broker, '1', { 'log.retention.ms': 'long' }],
  ]
  expect(await alter(2, wanted, true)).toEqual([ErrorCode.none, ErrorCode.invalidRequest])
  expect(overrides()).toEqual(before)
})

test('a failing resource leaves its neighbours unaffected', async () => {
  const codes = await alter(2, [
    [topic, 'nowhere', {}],
    [topic, 'elsewhere', { 'retention.ms': 'long' }],
    [topic, 'not allowed', {}],
    [topic, '', {}],
    [broker, '7', {}],
    [brokerLogger, '1', {}],
    [broker, '', { 'retention.ms': '1' }],
    [broker, '1', { 'node.id': '5' }],
    [group, 'readers', { 'consumer.session.timeout.ms': '1' }],
    [topic, 'orders', { 'segment.ms': '60000' }],
  ])
  expect(codes).toEqual([
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.invalidConfig,
    ErrorCode.invalidTopicException,
    ErrorCode.invalidRequest,
    ErrorCode.invalidRequest,
    ErrorCode.invalidRequest,
    ErrorCode.invalidRequest,
    ErrorCode.invalidRequest,
    ErrorCode.invalidConfig,
    ErrorCode.none,
  ])
  expect(overrides()).toEqual({ 'segment.ms': '60000' })
})

test('one setting that is not taken spoils the whole resource', async () => {
  const before = overrides()
  expect(await alter(2, [[topic, 'orders', { 'segment.ms': '60000', 'retention.ms': 'long' }]])).toEqual([
    ErrorCode.invalidConfig,
  ])
  expect(await alter(2, [[topic, 'orders', { 'segment.ms': null }]])).toEqual([ErrorCode.invalidRequest])
  expect(overrides()).toEqual(before)
})

test('a resource that is named twice is left alone', async () => {
  const before = overrides()
  const codes = await alter(2, [
    [topic, 'orders', {}],
    [topic, 'orders', { 'segment.ms': '60000' }],
  ])
  expect(codes).toEqual([ErrorCode.invalidRequest, ErrorCode.invalidRequest])
  expect(overrides()).toEqual(before)
})
