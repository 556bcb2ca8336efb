import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { batchOf, recordsOf, testTimestamp } from '../support/batches.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 2 })
})
afterEach(() => node.close())

type Part = { readonly topic?: string; readonly index?: number; readonly records: Buffer | null }

function requestOf(parts: readonly Part[], changes: { acks?: number; topicId?: string } = {}) {
  return {
    transactionalId: null,
    acks: changes.acks ?? -1,
    timeoutMs: 1000,
    topicData: parts.map(({ topic = 'orders', index = 0, records }) => ({
      name: topic,
      topicId: changes.topicId ?? zeroUuid,
      partitionData: [{ index, records }],
    })),
  }
}

async function produce(version: number, ...parts: Part[]) {
  const { responses } = await node.call(produceApi, version, requestOf(parts))
  return responses.map(({ partitionResponses }) => partitionResponses[0]!)
}

async function readAll(index = 0): Promise<string[]> {
  const topics = [{ topic: 'orders', partitions: [{ partition: index, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] }]
  const { responses } = await node.call(fetchApi, 12, { maxWaitMs: 0, minBytes: 0, topics, forgottenTopicsData: [] })
  return recordsOf(responses[0]!.partitions[0]!.records)
}

for (let version = 3; version <= 12; version++) {
  test(`version ${version} appends a batch and answers its first offset`, async () => {
    await produce(version, { records: batchOf(['a', 'b']) })
    const [second] = await produce(version, { records: batchOf(['c']) })
    expect(second).toMatchObject({ errorCode: 0, baseOffset: 2, logAppendTimeMs: -1 })
    expect(await readAll()).toEqual(['0:a', '1:b', '2:c'])
  })
}

for (let version = 0; version <= 2; version++) {
  for (const magic of [0, 1]) {
    test(`version ${version} converts a message set of format ${magic}`, async () => {
      const records = Buffer.concat([legacyMessage(magic, 'a'), legacyMessage(magic, 'b')])
      expect((await produce(version, { records }))[0]).toMatchObject({ errorCode: 0, baseOffset: 0 })
      expect((await produce(version, { records }))[0]).toMatchObject({ errorCode: 0, baseOffset: 2 })
      expect(await readAll()).toEqual(['0:a', '1:b', '2:a', '3:b'])
    })
  }
}

test('a message set of an old format is refused from version 3 on', async () => {
  const answers = await produce(3, { records: legacyMessage(0, 'a') }, { records: legacyMessage(1, 'a') })
  expect(answers.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.invalidRecord, ErrorCode.invalidRecord])
})

/** A message of format 0 or 1 without key. */
function legacyMessage(magic: number, value: string): Buffer {
  const timestamp = magic === 0 ? Buffer.alloc(0) : Buffer.from(testTimestamp.toString(16).padStart(16, '0'), 'hex')
  const [keyLength, valueLength] = [Buffer.alloc(4, 0xff), Buffer.alloc(4)]
  valueLength.writeInt32BE(value.length)
  const content = Buffer.concat([Buffer.from([magic, 0]), timestamp, keyLength, valueLength, Buffer.from(value)])
  const head = Buffer.alloc(16)
  head.writeInt32BE(content.length + 4, 8)
  head.writeUInt32BE(crc32(content), 12)
  return Buffer.concat([head, content])
}

test('version 13 names the topic by id', async () => {
  const topicId = node.services.topics.get('orders')!.id
  const request = requestOf([{ topic: '', records: batchOf(['a']) }], { topicId })
  const { responses } = await node.call(produceApi, 13, request)
  expect(responses).toMatchObject([{ topicId, partitionResponses: [{ errorCode: 0, baseOffset: 0 }] }])
})

test('an unknown topic id is told apart from an unknown name', async () => {
  const request = requestOf([{ topic: '', records: batchOf(['a']) }], { topicId: 'abcdefghijklmnopqrstuA' })
  const { responses } = await node.call(produceApi, 13, request)
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(ErrorCode.unknownTopicId)
})

test('a failing partition leaves its neighbours unaffected', async () => {
  const damaged = batchOf(['x'])
  damaged[damaged.length - 1]! ^= 1
  const answers = await produce(
    9,
    { records: batchOf(['a']) },
    { topic: 'nowhere', records: batchOf(['b']) },
    { index: 7, records: batchOf(['c']) },
    { records: damaged },
    { index: 1, records: batchOf(['d']) },
  )
  expect(answers.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.none,
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.corruptMessage,
    ErrorCode.none,
  ])
  expect(answers[1]).toMatchObject({ baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 })
  expect(answers[1]!.errorMessage).toContain('nowhere')
  expect(await readAll(1)).toEqual(['0:d'])
})

test('nothing is answered before it is durable', async () => {
  const answer = node.start(produceApi, 9, requestOf([{ records: batchOf(['a']) }]))
  let answered = false
  void answer.then(() => {
    answered = true
  })
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  expect(answered).toBe(false)
  await node.until(answer)
})

test('requests append in the order in which they start, before any is answered', async () => {
  const answers = ['a', 'b', 'c'].map(value => node.start(produceApi, 9, requestOf([{ records: batchOf([value]) }])))
  const bodies = await node.until(Promise.all(answers))
  expect(bodies.map(body => body!.responses[0]!.partitionResponses[0]!.baseOffset)).toEqual([0, 1, 2])
  expect(await readAll()).toEqual(['0:a', '1:b', '2:c'])
})

test('acks=0 is not answered', async () => {
  const request = requestOf([{ records: batchOf(['a']) }], { acks: 0 })
  expect(await node.start(produceApi, 9, request)).toBeNull()
  node.env.clock.settle()
  expect(await readAll()).toEqual(['0:a'])
})

test('an error with acks=0 is thrown, so that the connection is closed', async () => {
  const request = requestOf([{ topic: 'nowhere', records: batchOf(['a']) }], { acks: 0 })
  await expect(node.start(produceApi, 9, request)).rejects.toThrow(KafkaError)
})

test('acks other than -1, 0 and 1 are refused for every partition', async () => {
  const request = requestOf([{ records: batchOf(['a']) }, { index: 1, records: batchOf(['b']) }], { acks: 2 })
  const { responses } = await node.call(produceApi, 9, request)
  for (const { partitionResponses } of responses)
    expect(partitionResponses[0]!.errorCode).toBe(ErrorCode.invalidRequiredAcks)
  expect(await readAll()).toEqual([])
})

test('a partition takes exactly one batch from version 3 on', async () => {
  const answers = await produce(
    9,
    { records: null },
    { records: Buffer.alloc(0) },
    { records: Buffer.concat([batchOf(['a']), batchOf(['b'])]) },
  )
  for (const { errorCode } of answers) expect(errorCode).toBe(ErrorCode.invalidRecord)
})

test('zstd is refused below version 7', async () => {
  const records = batchOf(['a'], { compression: 'zstd' })
  expect((await produce(6, { records }))[0]!.errorCode).toBe(ErrorCode.unsupportedCompressionType)
  expect((await produce(7, { records }))[0]!.errorCode).toBe(ErrorCode.none)
})

/** Puts a coordinator in place that keeps what it is asked, and answers with an error if there is one. */
function admissions(errorCode: number = ErrorCode.none): unknown[] {
  const asked: unknown[] = []
  const admitProduce = (request: unknown): void => {
    asked.push(request)
    if (errorCode !== ErrorCode.none) throw new KafkaError(errorCode)
  }
  Object.assign(node.services, { transactions: { admitProduce } })
  return asked
}

const inTransaction = (value: string, changes: { baseSequence?: number; producerId?: number } = {}) =>
  batchOf([value], { producerId: 5, producerEpoch: 2, baseSequence: 0, transactional: true, ...changes })

async function produceTransactional(version: number, ...parts: Part[]) {
  const request = { ...requestOf(parts), transactionalId: 'payments' }
  const { responses } = await node.call(produceApi, version, request)
  return responses.map(({ partitionResponses }) => partitionResponses[0]!)
}

test('a transactional batch is appended if the coordinator admits it', async () => {
  const asked = admissions()
  expect(await produceTransactional(9, { records: inTransaction('a') })).toMatchObject([
    { errorCode: 0, baseOffset: 0 },
  ])
  const claim = { transactionalId: 'payments', producerId: 5, producerEpoch: 2, topic: 'orders', partition: 0 }
  expect(asked).toEqual([{ ...claim, implicit: false, knowsAbortable: false }])
  expect(node.services.topics.get('orders')!.partitions[0]!.hasOpenTransaction(5)).toBe(true)
})

test('clients from version 11 on know more errors, and from 12 on their batches add the partition', async () => {
  const asked = admissions()
  await produceTransactional(11, { records: inTransaction('a') })
  await produceTransactional(12, { records: inTransaction('b', { baseSequence: 1 }) })
  expect(asked).toMatchObject([
    { implicit: false, knowsAbortable: true },
    { implicit: true, knowsAbortable: true },
  ])
})

test('the coordinator is not asked for a batch without the transactional bit', async () => {
  const asked = admissions()
  expect(await produceTransactional(9, { records: batchOf(['a']) })).toMatchObject([{ errorCode: 0 }])
  expect(asked).toEqual([])
})

test('a batch that the coordinator does not admit is not appended, its neighbours are', async () => {
  admissions(ErrorCode.invalidTxnState)
  const answers = await produceTransactional(9, { records: inTransaction('a') }, { index: 1, records: batchOf(['b']) })
  expect(answers.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.invalidTxnState, ErrorCode.none])
  expect([await readAll(0), await readAll(1)]).toEqual([[], ['0:b']])
})

test('transactional records without a transactional id are refused with all that the request holds', async () => {
  const asked = admissions()
  const answers = await produce(9, { records: batchOf(['a']) }, { index: 1, records: inTransaction('b') })
  const refused = ErrorCode.transactionalIdAuthorizationFailed
  expect(answers.map(({ errorCode }) => errorCode)).toEqual([refused, refused])
  expect([asked, await readAll(0)]).toEqual([[], []])
})

test('a batch outside of the transaction that its producer has open is refused', async () => {
  admissions()
  await produceTransactional(9, { records: inTransaction('a') })
  const outside = batchOf(['b'], { producerId: 5, producerEpoch: 2, baseSequence: 1 })
  expect((await produceTransactional(9, { records: outside }))[0]!.errorCode).toBe(ErrorCode.invalidTxnState)
})

test('with implicit adding, the first batch of an unknown producer has sequence 0', async () => {
  admissions()
  const late = { records: inTransaction('b', { baseSequence: 7 }) }
  expect((await produceTransactional(12, late))[0]!.errorCode).toBe(ErrorCode.outOfOrderSequenceNumber)
  expect((await produceTransactional(11, late))[0]!.errorCode).toBe(ErrorCode.none)
})

test('a batch larger than max.message.bytes is refused', async () => {
  await node.createTopic('small', { overrides: { 'max.message.bytes': '100' } })
  const [answer] = await produce(9, { topic: 'small', records: batchOf(['x'.repeat(200)]) })
  expect(answer!.errorCode).toBe(ErrorCode.messageTooLarge)
})

test('from version 8 on the records that are at fault are named', async () => {
  await node.createTopic('latest', { overrides: { 'cleanup.policy': 'compact' } })
  const keyless = { topic: 'latest', records: batchOf(['a', 'b']) }
  const [refused, neighbour] = await produce(8, keyless, { records: batchOf(['c']) })
  expect(refused).toMatchObject({ errorCode: ErrorCode.invalidRecord, baseOffset: -1 })
  expect(refused?.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1])
  expect(neighbour).toMatchObject({ errorCode: ErrorCode.none, recordErrors: [] })
  const [older] = await produce(7, keyless)
  expect(older).toMatchObject({ errorCode: ErrorCode.invalidRecord, recordErrors: [] })
})

test('LogAppendTime is answered and stamped', async () => {
  await node.createTopic('stamped', { overrides: { 'message.timestamp.type': 'LogAppendTime' } })
  const [answer] = await produce(9, { topic: 'stamped', records: batchOf(['a'], { timestamp: 5 }) })
  expect(answer!.logAppendTimeMs).toBe(testTimestamp)
})

test('a repeated batch of an idempotent producer is answered with its first offset', async () => {
  const options = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
  await produce(9, { records: batchOf(['a'], options) })
  const [answer] = await produce(9, { records: batchOf(['a'], options) })
  expect(answer).toMatchObject({ errorCode: 0, baseOffset: 0 })
  expect(await readAll()).toEqual(['0:a'])
})

test('a gap in the sequence of an idempotent producer is refused', async () => {
  await produce(9, { records: batchOf(['a'], { producerId: 7, producerEpoch: 0, baseSequence: 0 }) })
  const [answer] = await produce(9, { records: batchOf(['c'], { producerId: 7, producerEpoch: 0, baseSequence: 2 }) })
  expect(answer!.errorCode).toBe(ErrorCode.outOfOrderSequenceNumber)
})

test('nobody waits for a topic that Kafka keeps for itself, and its neighbours are written', async () => {
  const [reserved, other] = [
    await produce(9, { topic: '__consumer_offsets', records: batchOf(['a']) }),
    await produce(9, { records: batchOf(['a']) }),
  ]
  expect([reserved[0]!.errorCode, other[0]!.errorCode]).toEqual([ErrorCode.invalidTopicException, ErrorCode.none])
})

test('clients do not write to internal topics', async () => {
  await node.createTopic('__consumer_offsets')
  const [answer] = await produce(9, { topic: '__consumer_offsets', records: batchOf(['a']) })
  expect(answer!.errorCode).toBe(ErrorCode.invalidTopicException)
})
