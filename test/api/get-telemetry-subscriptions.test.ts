import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { getTelemetrySubscriptionsApi } from '../../src/protocol/messages/get-telemetry-subscriptions.ts'
import { type TestCall, type TestNode, testConnection, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode({ settings: { 'telemetry.max.bytes': '5000' } })
})
afterEach(() => node.close())

const ask = (clientInstanceId = zeroUuid, options: TestCall = {}) =>
  node.call(getTelemetrySubscriptionsApi, 0, { clientInstanceId }, options)

function subscribe(name: string, settings: Readonly<Record<string, string>>): void {
  node.services.configuration.clientMetrics.set(name, new Map(Object.entries(settings)))
}

test('a client gets an id that it keeps, and without subscriptions is asked for no metrics', async () => {
  const first = await ask()
  expect(first).toMatchObject({
    errorCode: 0,
    requestedMetrics: [],
    pushIntervalMs: 300_000,
    telemetryMaxBytes: 5000,
    acceptedCompressionTypes: [4, 3, 1, 2],
  })
  expect(first.clientInstanceId).not.toBe(zeroUuid)
  node.env.clock.advance(300_000)
  const { clientInstanceId, subscriptionId } = first
  expect(await ask(clientInstanceId)).toMatchObject({ clientInstanceId, subscriptionId })
})

test('who asks again before the push interval is over is throttled', async () => {
  const { clientInstanceId } = await ask()
  node.env.clock.advance(299_999)
  expect(await ask(clientInstanceId)).toMatchObject({
    errorCode: ErrorCode.throttlingQuotaExceeded,
    clientInstanceId: zeroUuid,
    requestedMetrics: [],
  })
  expect((await ask()).errorCode).toBe(ErrorCode.none)
  node.env.clock.advance(1)
  expect((await ask(clientInstanceId)).errorCode).toBe(ErrorCode.none)
})

test('subscriptions that match are added up: all metrics, the shortest interval', async () => {
  subscribe('a', { metrics: 'org.apache.kafka.producer.,org.apache.kafka.consumer.', 'interval.ms': '20000' })
  subscribe('b', { metrics: 'org.apache.kafka.consumer.,abc', match: 'client_id=te.*', 'interval.ms': '10000' })
  subscribe('c', { metrics: 'not for this one', match: 'client_id=te', 'interval.ms': '100' })
  expect(await ask()).toMatchObject({
    pushIntervalMs: 10_000,
    requestedMetrics: ['abc', 'org.apache.kafka.consumer.', 'org.apache.kafka.producer.'],
  })
  subscribe('d', { metrics: '*' })
  expect((await ask()).requestedMetrics).toEqual(['*'])
})

test('a client starts anew when subscriptions change, with another subscription id', async () => {
  const { clientInstanceId, subscriptionId } = await ask()
  subscribe('a', { metrics: 'abc' })
  const changed = await ask(clientInstanceId)
  expect(changed).toMatchObject({ errorCode: 0, requestedMetrics: ['abc'] })
  expect(changed.subscriptionId).not.toBe(subscriptionId)
})

const traits: readonly [match: string, isMeant: boolean][] = [
  ['client_id=reader-\\d', true],
  ['client_id=reader', false],
  ['client_software_name=apache-kafka-.*', true],
  ['client_software_version=4.*,client_software_name=librdkafka', false],
  ['client_source_address=10\\.0\\..*', true],
  ['client_source_port=41234', true],
  ['client_source_port=4123', false],
  ['client_instance_id=[A-Za-z0-9_-]{22}', true],
  ['', true],
]

test.each(traits)('a subscription for %j: %s', async (match, isMeant) => {
  subscribe('a', { metrics: 'abc', match })
  const id = '10.0.0.1:9092-10.0.0.7:41234-3'
  const connection = testConnection({ id, clientHost: '/10.0.0.7' })
  const software = { clientSoftwareName: 'apache-kafka-java', clientSoftwareVersion: '4.2.0' }
  await node.call(apiVersionsApi, 3, software, { connection })
  const { requestedMetrics } = await ask(zeroUuid, { clientId: 'reader-7', connection })
  expect(requestedMetrics).toEqual(isMeant ? ['abc'] : [])
})
