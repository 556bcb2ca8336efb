import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { incrementalAlterConfigsApi } from '../../src/protocol/messages/incremental-alter-configs.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { overrides: { 'retention.ms': '1000' } })
})
afterEach(() => node.close())

const [topic, broker, clientMetrics, group] = [2, 4, 16, 32]
const [set, remove, append, subtract] = [0, 1, 2, 3]

type Change = readonly [name: string, configOperation: number | undefined, value: string | null]

async function alter(version: number, resourceType: number | undefined, resourceName: string, ...changes: Change[]) {
  const configs = changes.map(([name, configOperation = 0, value]) => ({ name, configOperation, value }))
  const resources = [{ resourceType: resourceType ?? 0, resourceName, configs }]
  return (await node.call(incrementalAlterConfigsApi, version, { resources, validateOnly: false })).responses[0]!
}

const overrides = () => Object.fromEntries(node.services.topics.get('orders')!.overrides)

for (let version = 0; version <= 1; version++) {
  test(`version ${version} sets and deletes single settings and leaves the others`, async () => {
    expect((await alter(version, topic, 'orders', ['segment.ms', set, '60000'])).errorCode).toBe(0)
    expect(overrides()).toEqual({ 'retention.ms': '1000', 'segment.ms': '60000' })
    expect((await alter(version, topic, 'orders', ['retention.ms', remove, null])).errorCode).toBe(0)
    expect(overrides()).toEqual({ 'segment.ms': '60000' })
  })
}

test('lists can be appended to and subtracted from, beginning with the default', async () => {
  await alter(1, topic, 'orders', ['cleanup.policy', append, 'compact'])
  expect(overrides()['cleanup.policy']).toBe('delete,compact')
  await alter(1, topic, 'orders', ['cleanup.policy', subtract, 'delete'])
  expect(overrides()['cleanup.policy']).toBe('compact')
})

test('what is no list can only be set or deleted', async () => {
  const { errorCode, errorMessage } = await alter(1, topic, 'orders', ['retention.ms', append, '5'])
  expect(errorCode).toBe(ErrorCode.invalidConfig)
  expect(errorMessage).toContain('retention.ms')
})

test('changes that cannot be meant are refused', async () => {
  const refused: Change[][] = [
    [['retention.ms', 4, '5']],
    [['retention.ms', -1, '5']],
    [['retention.ms', set, null]],
    [
      ['retention.ms', set, '5'],
      ['retention.ms', remove, null],
    ],
  ]
  for (const changes of refused)
    expect((await alter(1, topic, 'orders', ...changes)).errorCode).toBe(ErrorCode.invalidRequest)
  expect(overrides()).toEqual({ 'retention.ms': '1000' })
})

test('settings of the broker hold at once; fixed ones are refused', async () => {
  expect((await alter(1, broker, '1', ['message.max.bytes', set, '5000'])).errorCode).toBe(ErrorCode.none)
  expect(node.services.configuration.broker['message.max.bytes']).toBe(5000)
  expect((await alter(1, broker, '1', ['node.id', set, '7'])).errorCode).toBe(ErrorCode.invalidRequest)
})

const ofGroup = () => Object.fromEntries(node.services.configuration.groups.get('readers'))
const ofMetrics = () => Object.fromEntries(node.services.configuration.clientMetrics.get('all'))

test('a group that does not exist (yet) may have settings', async () => {
  await alter(
    1,
    group,
    'readers',
    ['consumer.session.timeout.ms', set, '50000'],
    ['share.isolation.level', remove, null],
  )
  expect(ofGroup()).toEqual({ 'consumer.session.timeout.ms': '50000' })
  expect((await alter(1, group, 'readers', ['consumer.session.timeout.ms', remove, null])).errorCode).toBe(0)
  expect(node.services.configuration.groups.names()).toEqual([])
})

const refusedOfGroups: readonly [name: string, value: string, why: string][] = [
  ['no.such.setting', '1', 'there is no group setting'],
  ['consumer.session.timeout.ms', '1000', 'group.consumer.min.session.timeout.ms'],
  ['consumer.session.timeout.ms', '70000', 'group.consumer.max.session.timeout.ms'],
  ['consumer.session.timeout.ms', 'x', 'milliseconds'],
  ['share.auto.offset.reset', 'none', 'earliest'],
]

test.each(refusedOfGroups)('a group cannot have %s=%s', async (name, value, why) => {
  const { errorCode, errorMessage } = await alter(1, group, 'readers', [name, set, value])
  expect([errorCode, ofGroup()]).toEqual([ErrorCode.invalidConfig, {}])
  expect(errorMessage).toContain(why)
})

test('a subscription to client metrics may be set, and is gone without settings', async () => {
  await alter(1, clientMetrics, 'all', ['metrics', set, '*'], ['match', set, 'client_id=a.*'])
  expect(ofMetrics()).toEqual({ metrics: '*', match: 'client_id=a.*' })
  await alter(1, clientMetrics, 'all', ['metrics', remove, null], ['match', remove, null])
  expect(node.services.configuration.clientMetrics.names()).toEqual([])
})

const refusedOfMetrics: readonly [name: string, value: string | null, errorCode: number][] = [
  ['no.such.setting', '1', ErrorCode.invalidRequest],
  ['metrics', null, ErrorCode.invalidRequest],
  ['interval.ms', '99', ErrorCode.invalidRequest],
  ['interval.ms', '3600001', ErrorCode.invalidRequest],
  ['interval.ms', 'x', ErrorCode.invalidConfig],
  ['match', 'client_id', ErrorCode.invalidConfig],
  ['match', 'name=a', ErrorCode.invalidConfig],
  ['match', 'client_id=[', ErrorCode.invalidConfig],
]

test.each(refusedOfMetrics)('a subscription to client metrics cannot have %s=%s', async (name, value, errorCode) => {
  expect((await alter(1, clientMetrics, 'all', [name, set, value])).errorCode).toBe(errorCode)
  expect(ofMetrics()).toEqual({})
})

test('groups and subscriptions to client metrics have no common default', async () => {
  for (const type of [group, clientMetrics])
    expect((await alter(1, type, '', ['metrics', set, 'a'])).errorCode).toBe(ErrorCode.invalidRequest)
})

test('settings survive a restart', async () => {
  await node.close()
  const directory = mkdtempSync(join(tmpdir(), 'streamctl-configs-'))
  try {
    node = await testNode({ directory })
    await node.createTopic('orders')
    await alter(1, topic, 'orders', ['retention.ms', set, '2000'])
    await alter(1, broker, '', ['log.retention.ms', set, '3000'])
    await alter(1, broker, '1', ['message.max.bytes', set, '5000'])
    await alter(1, group, 'readers', ['consumer.session.timeout.ms', set, '50000'])
    await alter(1, clientMetrics, 'all', ['metrics', set, '*'])
    await node.close()
    node = await testNode({ directory })
    expect(node.services.configuration.groups.get('readers').get('consumer.session.timeout.ms')).toBe('50000')
    expect(node.services.configuration.clientMetrics.get('all').get('metrics')).toBe('*')
    const { broker: settings } = node.services.configuration
    expect([overrides()['retention.ms'], settings['log.retention.ms'], settings['message.max.bytes']]).toEqual([
      '2000',
      3000,
      5000,
    ])
  } finally {
    await node.close()
    rmSync(directory, { recursive: true })
    node = await testNode()
  }
})
