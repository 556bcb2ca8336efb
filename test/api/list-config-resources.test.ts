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

test('version 0 asks for client metrics, of which there are none', async () => {
  expect(await list(0, [])).toMatchObject({ errorCode: ErrorCode.none, configResources: [] })
})

test('an unknown type is refused', async () => {
  expect(await list(1, [2, 3])).toMatchObject({ errorCode: ErrorCode.unsupportedVersion, configResources: [] })
})
