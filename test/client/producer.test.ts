import { expect, test } from 'vitest'
import { Producer } from '../../src/client/producer.ts'
import type { DeliveryFailure, ProducerOptions } from '../../src/client/producer-options.ts'
import type { TopicWriter } from '../../src/client/topic-writer.ts'
import type { RequestOf } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { readBatchHeader } from '../../src/protocol/records/batch.ts'
import { checkBatch } from '../../src/protocol/records/check.ts'
import { compressionNames } from '../../src/protocol/records/compression.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { clusterOf, type FakeBroker, fakeBroker, hangUp, silence, topicId } from './fake-broker.ts'

interface Arrived {
  readonly partition: number
  readonly batch: Buffer
}

function batchesOf(request: RequestOf<typeof produceApi>): Arrived[] {
  return request.topicData.flatMap(({ partitionData }) =>
    partitionData.map(({ index, records }) => ({ partition: index, batch: Buffer.from(records!) })),
  )
}

function answerTo(request: RequestOf<typeof produceApi>, errorCode: number) {
  const partitionResponses = request.topicData.flatMap(({ partitionData }) =>
    partitionData.map(({ index }) => ({ index, errorCode, baseOffset: 0, recordErrors: [], errorMessage: null })),
  )
  return { responses: [{ name: 't', topicId, partitionResponses }] }
}

const valuesOf = (arrived: readonly Arrived[]): string[] =>
  arrived.flatMap(({ batch }) => [...recordsIn(batch)].map(({ value }) => String(value)))

/** A broker that keeps what it acknowledges; `decide` says what happens to each request. */
async function keepingBroker(
  decide: (call: number) => number | typeof hangUp | typeof silence = () => 0,
  partitions = 1,
): Promise<{ broker: FakeBroker; kept: Arrived[]; seen: Arrived[] }> {
  const kept: Arrived[] = []
  const seen: Arrived[] = []
  let calls = 0
  let producerId = 100
  const broker = (await fakeBroker()).withTopic(
    't',
    Array.from({ length: partitions }, () => 0),
  )
  broker.on(initProducerIdApi, () => ({ throttleTimeMs: 0, errorCode: 0, producerId: producerId++, producerEpoch: 0 }))
  broker.on(produceApi, request => {
    seen.push(...batchesOf(request))
    const decision = decide(++calls)
    if (typeof decision === 'symbol') return decision
    if (decision === 0) kept.push(...batchesOf(request))
    return answerTo(request, decision)
  })
  return { broker, kept, seen }
}

async function writerTo(broker: FakeBroker, options: ProducerOptions = {}) {
  const failures: DeliveryFailure[] = []
  const producer = new Producer(clusterOf([broker]), { onFailure: failure => failures.push(failure), ...options })
  return { producer, failures, writer: await producer.topic('t') }
}

function append(writer: TopicWriter, value: string, partition?: number): void {
  const bytes = Buffer.from(value)
  writer.append(5, null, 0, 0, bytes, 0, bytes.length, [], partition)
}

test.each(compressionNames)('records arrive in order in whole batches, compressed with %s', async compression => {
  const { broker, kept } = await keepingBroker()
  const { producer, writer } = await writerTo(broker, { compression, batchBytesMax: 200 })
  const values = Array.from({ length: 100 }, (_, at) => `value ${at}`)
  for (const value of values) append(writer, value)
  await producer.flush()
  for (const { batch } of kept) checkBatch(batch)
  expect(kept.length).toBeGreaterThan(5)
  expect(valuesOf(kept)).toEqual(values)
  expect([producer.deliveredCount, producer.failedCount]).toEqual([100, 0])
})

test('after a lost connection the same batches go again under the same numbers', async () => {
  const { broker, kept, seen } = await keepingBroker(call => (call === 2 ? hangUp : 0))
  const { producer, writer } = await writerTo(broker, { batchBytesMax: 150 })
  const values = Array.from({ length: 60 }, (_, at) => `value ${at}`)
  for (const value of values) append(writer, value)
  await producer.flush()
  const sequences = new Map(
    seen.map(({ batch }) => [readBatchHeader(batch).baseSequence, valuesOf([{ partition: 0, batch }])]),
  )
  expect([...sequences.values()].flat()).toEqual(values)
  expect(new Set(valuesOf(kept))).toEqual(new Set(values))
  expect(producer.deliveredCount).toBe(60)
})

test('who asks for a topic at the same time gets the same writer', async () => {
  const { broker } = await keepingBroker()
  const producer = new Producer(clusterOf([broker]))
  const [first, second] = await Promise.all([producer.topic('t'), producer.topic('t')])
  expect(first).toBe(second)
})

test('a passing error is tried again', async () => {
  const { broker, kept } = await keepingBroker(call => (call <= 2 ? ErrorCode.notLeaderOrFollower : 0))
  const { producer, writer } = await writerTo(broker)
  append(writer, 'a')
  await producer.flush()
  expect(valuesOf(kept)).toEqual(['a'])
})

test('a refusal is reported with its number of records, and what follows is delivered', async () => {
  const { broker, kept } = await keepingBroker(call => (call === 1 ? ErrorCode.invalidRecord : 0))
  const { producer, failures, writer } = await writerTo(broker)
  append(writer, 'a')
  append(writer, 'b')
  await producer.flush()
  append(writer, 'c')
  await producer.flush()
  expect(failures.map(({ recordCount, error }) => [recordCount, error.code])).toEqual([[2, ErrorCode.invalidRecord]])
  expect(valuesOf(kept)).toEqual(['c'])
  expect(readBatchHeader(kept[0]!.batch)).toMatchObject({ producerId: 100, producerEpoch: 1, baseSequence: 0 })
  expect([producer.deliveredCount, producer.failedCount]).toEqual([1, 2])
})

test('what cannot be delivered in time fails', async () => {
  const { broker } = await keepingBroker(() => ErrorCode.notEnoughReplicas)
  const { producer, failures, writer } = await writerTo(broker, { deliveryTimeoutMs: 150 })
  append(writer, 'a')
  await producer.flush()
  expect(failures.map(({ error }) => error.code)).toEqual([ErrorCode.notEnoughReplicas])
})

test('with acks none nobody waits for an answer, and batches carry no identity', async () => {
  const { broker, seen } = await keepingBroker(() => silence)
  const { producer, writer } = await writerTo(broker, { acks: 'none' })
  append(writer, 'a')
  await producer.flush()
  await expect.poll(() => valuesOf(seen)).toEqual(['a'])
  expect(readBatchHeader(seen[0]!.batch).producerId).toBe(-1)
  expect(broker.asked).not.toContain('InitProducerId')
})

test('the producer is full at its limit, and has room once batches are acknowledged', async () => {
  const release = Promise.withResolvers<void>()
  const { broker } = await keepingBroker()
  broker.on(produceApi, async request => {
    await release.promise
    return answerTo(request, 0)
  })
  const { producer, writer } = await writerTo(broker, { bufferBytesMax: 100_000, batchBytesMax: 20_000 })
  while (!producer.isFull) append(writer, 'x'.repeat(1000))
  let hasRoom = false
  const room = producer.room().then(() => {
    hasRoom = true
  })
  await Promise.resolve()
  expect(hasRoom).toBe(false)
  release.resolve()
  await room
  expect(producer.isFull).toBe(false)
})

test('what is appended behind a hold waits for its release, in order, and neither flush nor a full batch sends it', async () => {
  const { broker, kept } = await keepingBroker()
  const { producer, writer } = await writerTo(broker, { batchBytesMax: 200, lingerMs: 1 })
  append(writer, 'before')
  producer.hold()
  const behind = Array.from({ length: 50 }, (_, at) => `behind ${at}`)
  for (const value of behind) append(writer, value)
  await producer.flush()
  await producer.flush()
  expect(valuesOf(kept)).toEqual(['before'])
  producer.release()
  await producer.flush()
  expect(valuesOf(kept)).toEqual(['before', ...behind])
})

test('what is held is given up with the rest', async () => {
  const { broker, kept } = await keepingBroker()
  const { producer, writer } = await writerTo(broker, { batchBytesMax: 200 })
  producer.hold()
  for (let number = 0; number < 50; number++) append(writer, `value ${number}`)
  await producer.drop()
  append(writer, 'next')
  await producer.flush()
  expect(valuesOf(kept)).toEqual(['next'])
  expect(producer.isFull).toBe(false)
})

test('a key always goes to its partition, a wanted partition wins', async () => {
  const { broker, kept } = await keepingBroker(() => 0, 4)
  const { producer, writer } = await writerTo(broker)
  const key = Buffer.from('foobar')
  for (const value of ['a', 'b']) writer.append(1, key, 0, key.length, Buffer.from(value), 0, 1, [])
  append(writer, 'c', 1)
  await producer.flush()
  // murmur2('foobar') is -790332482 as Java computes it.
  const partition = (-790332482 & 0x7fffffff) % 4
  const byPartition = Map.groupBy(kept, arrived => arrived.partition)
  expect(valuesOf(byPartition.get(partition) ?? [])).toEqual(['a', 'b'])
  expect(valuesOf(byPartition.get(1) ?? [])).toEqual(['c'])
})
