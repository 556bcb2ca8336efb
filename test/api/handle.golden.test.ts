import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Api, RequestInput } from '../../src/protocol/codec.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { metadataApi } from '../../src/protocol/messages/metadata.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { batchOf } from '../support/batches.ts'
import { type TestNode, testNode } from '../support/node.ts'

// Written by hand after Kafka's protocol documentation, so that a mistake in the codec cannot hide itself.

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('t')
})
afterEach(() => node.close())

async function answer<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<string> {
  const frame = await node.until(node.send(api, version, request))
  expect(frame!.readInt32BE(0)).toBe(frame!.length - 4)
  return frame!.subarray(4).toString('hex')
}

const correlationId = '00000007'
const noThrottling = '00000000'
const noError = '0000'
const topicT = '000174'
const one = '00000001'
const minusOne = 'ffffffffffffffff'
const int64 = (value: number) => value.toString(16).padStart(16, '0')

function produce(version: number): Promise<string> {
  const topicData = [{ name: 't', topicId: zeroUuid, partitionData: [{ index: 0, records: batchOf(['a']) }] }]
  return answer(produceApi, version, { transactionalId: null, acks: -1, timeoutMs: 0, topicData })
}

test('Produce version 3: topics, partition, error, offset, append time; then the throttle time', async () => {
  const partition = ['00000000', noError, int64(0), minusOne]
  expect(await produce(3)).toBe([correlationId, one, topicT, one, ...partition, noThrottling].join(''))
})

test('Produce version 9 is flexible: compact lengths, tagged fields', async () => {
  const noTags = '00'
  const partition = ['00000000', noError, int64(0), minusOne, int64(0), '01', '00', noTags]
  const topics = ['02', '0274', '02', ...partition, noTags]
  expect(await produce(9)).toBe([correlationId, noTags, ...topics, noThrottling, noTags].join(''))
})

test('Metadata version 1: brokers with rack, controller, topics with their internal flag', async () => {
  const broker = ['00000001', '0009', Buffer.from('node.test').toString('hex'), '00002384', 'ffff']
  const nodes = [one, '00000001']
  const partition = [noError, '00000000', '00000001', ...nodes, ...nodes]
  const topics = [one, noError, topicT, '00', one, ...partition]
  const request = { topics: [{ name: 't', topicId: zeroUuid }] }
  expect(await answer(metadataApi, 1, request)).toBe([correlationId, one, ...broker, one, ...topics].join(''))
})

test('Fetch version 4: the stored batch as it is', async () => {
  await produce(3)
  const batch = batchOf(['a'], { leaderEpoch: 0 })
  const noAborted = 'ffffffff'
  const records = [batch.length.toString(16).padStart(8, '0'), batch.toString('hex')]
  const partition = ['00000000', noError, int64(1), int64(1), noAborted, ...records]
  const topics = [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1024 }] }]
  const request = { maxWaitMs: 0, minBytes: 1, maxBytes: 1024, topics, forgottenTopicsData: [] }
  expect(await answer(fetchApi, 4, request)).toBe(
    [correlationId, noThrottling, one, topicT, one, ...partition].join(''),
  )
})
