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

const [topic, broker] = [2, 4]
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

test('settings survive a restart', async () => {
  await node.close()
  const directory = mkdtempSync(join(tmpdir(), 'streamctl-configs-'))
  try {
    node = await testNode({ directory })
    await node.createTopic('orders')
    await alter(1, topic, 'orders', ['retention.ms', set, '2000'])
    await alter(1, broker, '', ['log.retention.ms', set, '3000'])
    await alter(1, broker, '1', ['message.max.bytes', set, '5000'])
    await node.close()
    node = await testNode({ directory })
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
