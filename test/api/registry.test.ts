import { expect, test } from 'vitest'
import type { Services } from '../../src/api/handle.ts'
import { handlers } from '../../src/api/registry.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { decodeResponseFrame, encodeRequestFrame, readRequestHeader } from '../../src/protocol/frame.ts'
import { allApis } from '../../src/protocol/messages/registry.ts'
import { promised, testConnection } from '../support/node.ts'
import { sampleOf } from '../support/sample.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

test('every API is served once', () => {
  expect(new Set(handlers.map(({ apiKey }) => apiKey)).size).toBe(handlers.length)
})

test('only Produce lets the next request start before it is answered', () => {
  expect(handlers.filter(({ pipelined }) => pipelined).map(({ name }) => name)).toEqual(['Produce'])
})

/** Services of which nothing works but the log; nobody has a quota. */
function brokenServices() {
  const env = simulatedEnv()
  const services = new Proxy({ env, quotas: { isOn: false } } as unknown as Services, {
    get(target, name, receiver) {
      if (name === 'env' || name === 'quotas') return Reflect.get(target, name, receiver)
      throw new Error('broken')
    },
  })
  return { env, services }
}

/** The error codes anywhere in an answer. */
function errorCodesIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, field]) => (/errorCode$/i.test(name) ? [field] : errorCodesIn(field)))
}

// What a sample needs so that it is not refused before the services are asked.
const meaning: Readonly<Record<string, object>> = {
  Produce: { acks: 1 },
  Metadata: { topics: [{ name: '', topicId: zeroUuid }] },
  InitProducerId: { transactionalId: null },
  DescribeCluster: { endpointType: 1 },
  ListConfigResources: { resourceTypes: [2] },
  DescribeClientQuotas: { components: [] },
  DescribeQuorum: { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
}

// Before version 3, DescribeLogDirs has no place for an error of the whole request, so it lists nothing.
const silent = (name: string, version: number) => name === 'DescribeLogDirs' && version < 3
// What is answered the same on every node. Version 0 of ListConfigResources asks for what this node does not have.
const needsNothing = (name: string, version: number) =>
  (name === 'ListConfigResources' && version === 0) || withoutServices.has(name)
const withoutServices = new Set([
  'ListPartitionReassignments',
  'DescribeUserScramCredentials',
  'AlterUserScramCredentials',
  'SaslHandshake',
  'SaslAuthenticate',
  'DescribeAcls',
  'CreateAcls',
  'DeleteAcls',
  'CreateDelegationToken',
  'RenewDelegationToken',
  'ExpireDelegationToken',
  'DescribeDelegationToken',
  'UpdateFeatures',
  'GetTelemetrySubscriptions',
  'PushTelemetry',
])

for (const handler of handlers.filter(({ name }) => name !== 'ApiVersions')) {
  const api = allApis.find(({ key }) => key === handler.apiKey)!
  test(`${handler.name} answers UNKNOWN_SERVER_ERROR in every version when it fails, and logs why`, async () => {
    for (let version = handler.minVersion; version <= handler.maxVersion; version++) {
      if (needsNothing(handler.name, version)) continue
      const { env, services } = brokenServices()
      const request = { ...sampleOf(api.request.fields, version), ...meaning[handler.name] }
      const frame = Buffer.concat(encodeRequestFrame(api, version, 7, 'test', request as never)).subarray(4)
      const answer = await promised(handler.answer(frame, readRequestHeader(frame), testConnection(), services))
      const { body } = decodeResponseFrame(api, version, Buffer.concat(answer ?? []).subarray(4))
      expect(env.log.errors, `version ${version}`).toHaveLength(1)
      if (!silent(handler.name, version))
        expect(errorCodesIn(body), `version ${version}`).toContain(ErrorCode.unknownServerError)
    }
  })
}
