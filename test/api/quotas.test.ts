import { afterEach, beforeEach, expect, test } from 'vitest'
import type { QuotaEntity, QuotaName } from '../../src/config/client-quotas.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { createPartitionsApi } from '../../src/protocol/messages/create-partitions.ts'
import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'
import { deleteTopicsApi } from '../../src/protocol/messages/delete-topics.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { metadataApi } from '../../src/protocol/messages/metadata.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { batchOf, recordsOf } from '../support/batches.ts'
import { type TestNode, testConnection, testNode } from '../support/node.ts'

let node: TestNode
let muted: number[]

beforeEach(async () => {
  muted = []
  node = await testNode()
  await node.createTopic('orders')
})
afterEach(() => node.close())

function limit(name: QuotaName, value: number, entity: QuotaEntity = { 'client-id': 'app' }): void {
  const { limits } = node.services.quotas
  limits.set(entity, limits.altered(entity, [{ name, value }]))
}

const as = (clientId: string | null) => ({
  clientId,
  connection: testConnection({ mute: durationMs => muted.push(durationMs) }),
})

async function produce(bytes: number, clientId: string | null = 'app', acks = -1) {
  const records = batchOf(['x'.repeat(bytes)])
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
  const request = { acks, timeoutMs: 1000, topicData }
  return node.until(node.start(produceApi, 9, request, as(clientId)))
}

async function fetch(clientId: string, changes: { sessionId?: number; sessionEpoch?: number } = {}) {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
  const request = { maxWaitMs: 0, minBytes: 0, topics: [{ topic: 'orders', partitions }], forgottenTopicsData: [] }
  const answer = await node.call(fetchApi, 11, { ...request, ...changes }, as(clientId))
  return {
    ...answer,
    values: answer.responses.flatMap(topic => topic.partitions.flatMap(one => recordsOf(one.records))),
  }
}

test('a producer within its quota does not wait; beyond it, it is told how long and then muted', async () => {
  limit('producer_byte_rate', 1000)
  expect(await produce(5000)).toMatchObject({ throttleTimeMs: 0 })
  const answer = await produce(10_000)
  // About 15,000 bytes, where 10,000 are free at once: some 5 s at 1,000 bytes a second, and the headers.
  expect(answer!.throttleTimeMs).toBeGreaterThan(5000)
  expect(answer!.throttleTimeMs).toBeLessThan(5500)
  expect(answer!.responses[0]!.partitionResponses[0]!.errorCode).toBe(ErrorCode.none)
  expect(muted).toEqual([answer!.throttleTimeMs])
  // As in Kafka, a sample counts until it leaves the window as a whole.
  node.env.clock.advance(11_000)
  expect(await produce(100)).toMatchObject({ throttleTimeMs: 0 })
})

test('a quota is for those whom it names', async () => {
  limit('producer_byte_rate', 1)
  expect(await produce(1000, 'other')).toMatchObject({ throttleTimeMs: 0 })
  expect(await produce(1000, null)).toMatchObject({ throttleTimeMs: 0 })
  limit('producer_byte_rate', 1, { user: 'ANONYMOUS' })
  expect((await produce(1000, null))!.throttleTimeMs).toBeGreaterThan(0)
})

test('who wants no answer is muted all the same', async () => {
  limit('producer_byte_rate', 10)
  expect(await produce(1000, 'app', 0)).toBeNull()
  expect(muted).toHaveLength(1)
})

test('a consumer beyond its quota gets no records yet, and goes on when it has waited', async () => {
  await produce(600, 'other')
  await produce(600, 'other')
  limit('consumer_byte_rate', 100)
  // 1,000 bytes may be had at once, which is one of the two batches.
  expect((await fetch('app')).values).toHaveLength(1)
  const { throttleTimeMs, errorCode, responses } = await fetch('app')
  expect(throttleTimeMs).toBeGreaterThan(0)
  expect({ errorCode, responses }).toEqual({ errorCode: ErrorCode.none, responses: [] })
  expect(muted).toEqual([throttleTimeMs])
  node.env.clock.advance(15_000)
  expect(await fetch('app')).toMatchObject({ throttleTimeMs: 0, values: [expect.any(String)] })
})

test('a fetch session outlives an answer without records', async () => {
  await produce(600, 'other')
  const { sessionId } = await fetch('app', { sessionEpoch: 0 })
  limit('consumer_byte_rate', 100)
  await fetch('app')
  const throttled = await fetch('app', { sessionId, sessionEpoch: 1 })
  expect(throttled).toMatchObject({ sessionId, errorCode: ErrorCode.none, responses: [] })
  expect(throttled.throttleTimeMs).toBeGreaterThan(0)
  node.env.clock.advance(15_000)
  const next = await fetch('app', { sessionId, sessionEpoch: 2 })
  expect(next).toMatchObject({ sessionId, throttleTimeMs: 0, values: [expect.any(String)] })
  // A session that is to be made is not made by such an answer.
  await fetch('app')
  expect(await fetch('app', { sessionEpoch: 0 })).toMatchObject({ sessionId: 0 })
})

test('time on the processor is limited for every API, and made up for within one sample', async () => {
  limit('request_percentage', 1)
  const metadata = (busyMs: number) => {
    // Time passes while the topics are looked at.
    const { topics, env } = node.services
    const all = topics.all.bind(topics)
    topics.all = () => {
      topics.all = all
      ;(env.clock as TestNode['env']['clock']).advance(busyMs)
      return all()
    }
    return node.call(metadataApi, 9, { topics: null }, as('app'))
  }
  expect(await metadata(50)).toMatchObject({ throttleTimeMs: 0 })
  expect(await metadata(60)).toMatchObject({ throttleTimeMs: expect.any(Number) })
  expect(muted[0]).toBeGreaterThan(0)
  expect(await metadata(5000)).toMatchObject({ throttleTimeMs: 1000 })
})

const topicsOf = (...names: string[]) =>
  names.map(name => ({ name, numPartitions: 20, replicationFactor: 1, assignments: [], configs: [] }))

test('partitions beyond the quota are refused for the time being, each topic by itself', async () => {
  limit('controller_mutation_rate', 2)
  const create = (...names: string[]) =>
    node.call(createTopicsApi, 6, { topics: topicsOf(...names), timeoutMs: 1 }, as('app'))
  // The burst is 22: the second topic goes into debt, the third has to wait until that is paid off.
  const { topics, throttleTimeMs } = await create('a', 'b', 'c')
  expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, 0, ErrorCode.throttlingQuotaExceeded])
  expect(throttleTimeMs).toBe(9000)
  expect(muted).toEqual([9000])
  node.env.clock.advance(9000)
  expect(await create('c')).toMatchObject({ throttleTimeMs: 0, topics: [{ errorCode: 0 }] })
  const deleted = await node.call(deleteTopicsApi, 5, { topicNames: ['a'], timeoutMs: 1 }, as('app'))
  expect(deleted.responses[0]!.errorCode).toBe(ErrorCode.throttlingQuotaExceeded)
  const grown = await node.call(
    createPartitionsApi,
    3,
    { topics: [{ name: 'a', count: 21, assignments: null }], timeoutMs: 1, validateOnly: true },
    as('app'),
  )
  expect(grown.results[0]!.errorCode).toBe(ErrorCode.throttlingQuotaExceeded)
})

test('older versions cannot be refused: they may, and have to wait afterwards', async () => {
  limit('controller_mutation_rate', 2)
  const { topics, throttleTimeMs } = await node.call(
    createTopicsApi,
    5,
    { topics: topicsOf('a', 'b', 'c'), timeoutMs: 1 },
    as('app'),
  )
  expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0])
  expect(throttleTimeMs).toBe(19_000)
})

test('a topic that is not created on demand for lack of quota is not there yet', async () => {
  limit('controller_mutation_rate', 0.01)
  const metadata = (name: string) =>
    node.call(metadataApi, 9, { topics: [{ name }], allowAutoTopicCreation: true }, as('app'))
  expect((await metadata('first')).topics[0]!.errorCode).toBe(ErrorCode.none)
  expect((await metadata('second')).topics[0]!.errorCode).toBe(ErrorCode.unknownTopicOrPartition)
  node.env.clock.advance(200_000)
  expect((await metadata('second')).topics[0]!.errorCode).toBe(ErrorCode.none)
})

test('connections of an address are limited; what is refused does not count', () => {
  limit('connection_creation_rate', 1, { ip: '10.0.0.1' })
  const { quotas } = node.services
  const delays = Array.from({ length: 12 }, () => quotas.chargeConnection('10.0.0.1'))
  expect(delays).toEqual([...Array(10).fill(0), 1000, 1000])
  expect(quotas.chargeConnection('10.0.0.2')).toBe(0)
  node.env.clock.advance(11_000)
  expect(quotas.chargeConnection('10.0.0.1')).toBe(0)
})
