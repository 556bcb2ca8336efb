import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeClusterApi } from '../../src/protocol/messages/describe-cluster.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const request = { includeClusterAuthorizedOperations: false, endpointType: 1, includeFencedBrokers: false }

for (let version = 0; version <= 2; version++) {
  test(`version ${version} describes the one node`, async () => {
    expect(await node.call(describeClusterApi, version, request)).toMatchObject({
      errorCode: 0,
      clusterId: node.services.node.clusterId,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: 'node.test', port: 9092, rack: null }],
      clusterAuthorizedOperations: -(2 ** 31),
    })
  })
}

test('operations are told when they are asked for', async () => {
  const body = await node.call(describeClusterApi, 0, { ...request, includeClusterAuthorizedOperations: true })
  expect(body.clusterAuthorizedOperations).toBe(0b1111110100000)
})

test('controllers are not to be seen, other endpoint types are unknown', async () => {
  const controllers = await node.call(describeClusterApi, 1, { ...request, endpointType: 2 })
  expect(controllers.errorCode).toBe(ErrorCode.mismatchedEndpointType)
  const unknown = await node.call(describeClusterApi, 1, { ...request, endpointType: 9 })
  expect(unknown.errorCode).toBe(ErrorCode.unsupportedEndpointType)
})
