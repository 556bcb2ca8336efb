import { afterEach, beforeEach, expect, test } from 'vitest'
import { unsupportedApiVersions } from '../../src/api/api-versions.ts'
import { handlers } from '../../src/api/registry.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const client = { clientSoftwareName: 'apache-kafka-java', clientSoftwareVersion: '4.2.0' }

for (let version = 0; version <= 4; version++) {
  test(`version ${version} lists every API that is served, in the order of keys`, async () => {
    const body = await node.call(apiVersionsApi, version, client)
    expect(body.errorCode).toBe(ErrorCode.none)
    expect(body.apiKeys).toHaveLength(handlers.length)
    const keys = body.apiKeys.map(({ apiKey }) => apiKey)
    expect(keys).toEqual([...keys].sort((a, b) => a - b))
    expect(body.apiKeys).toContainEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 })
    expect(body.apiKeys).toContainEqual({ apiKey: 18, minVersion: 0, maxVersion: 4 })
  })
}

test.each([
  [3, []],
  [4, [{ name: 'transaction.version', minVersion: 0, maxVersion: 2 }]],
])('version %i tells which transactions there are', async (version, supportedFeatures) => {
  const body = await node.call(apiVersionsApi, version, client)
  expect(body).toMatchObject({
    supportedFeatures,
    finalizedFeaturesEpoch: 0,
    finalizedFeatures: [{ name: 'transaction.version', minVersionLevel: 2, maxVersionLevel: 2 }],
  })
})

test.each(['', '-kafka', 'kafka client', 'kafka.', 'käfka'])('the client software name %j is refused', async name => {
  const body = await node.call(apiVersionsApi, 3, { ...client, clientSoftwareName: name })
  expect(body).toMatchObject({ errorCode: ErrorCode.invalidRequest, apiKeys: [] })
})

test('a version that is not served is answered in version 0 with the range of ApiVersions', () => {
  const served = handlers.find(({ apiKey }) => apiKey === 18)!
  const bytes = Buffer.concat(unsupportedApiVersions(served, 258) ?? [])
  // length 16, correlation id 258, error 35, one key: 18, from 0 to 4
  expect(bytes.toString('hex')).toBe(['00000010', '00000102', '0023', '00000001', '0012', '0000', '0004'].join(''))
})
