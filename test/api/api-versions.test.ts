import { afterEach, beforeEach, expect, test } from 'vitest'
import { unsupportedApiVersions } from '../../src/api/api-versions.ts'
import { features } from '../../src/api/features.ts'
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

const release = { name: 'metadata.version', minVersion: 29, maxVersion: 29 }
const off = ['eligible.leader.replicas', 'group', 'kraft', 'share', 'streams']

test.each([
  [3, [release]],
  [
    4,
    [
      release,
      { name: 'transaction.version', minVersion: 0, maxVersion: 2 },
      ...off.map(name => ({ name: `${name}.version`, minVersion: 0, maxVersion: 0 })),
    ],
  ],
])('version %i tells which features there are, and that only what is served is on', async (version, supported) => {
  const body = await node.call(apiVersionsApi, version, client)
  expect(body).toMatchObject({
    supportedFeatures: supported,
    finalizedFeaturesEpoch: 0,
    finalizedFeatures: [
      { name: 'metadata.version', minVersionLevel: 29, maxVersionLevel: 29 },
      { name: 'transaction.version', minVersionLevel: 2, maxVersionLevel: 2 },
    ],
  })
})

test('a feature is off as long as an API that belongs to it is not served', () => {
  const belonging: Readonly<Record<string, readonly number[]>> = {
    'group.version': [68, 69],
    'share.version': [76, 77, 78, 79],
    'streams.version': [88, 89],
    'kraft.version': [80, 81],
  }
  const served = new Set(handlers.map(({ apiKey }) => apiKey))
  for (const { name, level } of features.filter(feature => feature.name in belonging))
    expect(level > 0 && belonging[name]!.some(key => !served.has(key)), name).toBe(false)
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
