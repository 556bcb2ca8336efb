import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { listConfigResourcesApi } from '../../src/protocol/messages/list-config-resources.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders')
})
afterEach(() => node.close())

const list = (version: number, resourceTypes: readonly number[]) =>
  node.call(listConfigResourcesApi, version, { resourceTypes })

test('version 1 lists what has settings, of the types that were asked for', async () => {
  const orders = { resourceName: 'orders', resourceType: 2 }
  const broker = { resourceName: '1', resourceType: 4 }
  expect((await list(1, [2])).configResources).toEqual([orders])
  expect((await list(1, [4, 2, 4])).configResources).toEqual([broker, orders])
  expect((await list(1, [])).configResources).toEqual([orders, broker])
})

test('groups and subscriptions to client metrics are listed while they have settings; version 0 asks for the latter', async () => {
  const { groups, clientMetrics } = node.services.configuration
  expect((await list(1, [32, 16])).configResources).toEqual([])
  groups.set('readers', new Map([['share.isolation.level', 'read_committed']]))
  clientMetrics.set('all', new Map([['metrics', '*']]))
  const readers = { resourceName: 'readers', resourceType: 32 }
  const all = { resourceName: 'all', resourceType: 16 }
  expect((await list(1, [32, 16])).configResources).toEqual([readers, all])
  expect((await list(0, [])).configResources).toEqual([{ ...all, resourceType: 16 }])
  groups.set('readers', new Map())
  expect((await list(1, [32])).configResources).toEqual([])
})

test('an unknown type is refused', async () => {
  expect(await list(1, [2, 3])).toMatchObject({ errorCode: ErrorCode.unsupportedVersion, configResources: [] })
})
