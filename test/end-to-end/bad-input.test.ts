// What no client should send: the node answers with Kafka's error code or closes that connection, and serves the others.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { produceBody, produceRaw, recordBatch } from '../support/kafka-batch.ts'
import { bytes, connect, requestFrame, type WireConnection, withConnection } from '../support/kafka-bytes.ts'
import { clusterForFile, createTopic } from '../support/kafka-cluster.ts'

const cluster = clusterForFile()

const key = { produce: 0, fetch: 1, metadata: 3, apiVersions: 18, createTopics: 19 }
const error = {
  unknownServerError: -1,
  unsupportedCompression: 76,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  messageTooLarge: 10,
  invalidTopic: 17,
  invalidRequiredAcks: 21,
  unsupportedVersion: 35,
  invalidRecord: 87,
}

let topic = ''
/** A client that behaves. It must be served before, during and after whatever the other one does. */
let witness: WireConnection
let stranger: WireConnection

beforeAll(async () => {
  topic = cluster.uniqueName('bad-input')
  await createTopic(cluster.brokers, topic)
  witness = await connect(cluster.brokers)
})
afterAll(() => witness.destroy())

beforeEach(async () => {
  stranger = await connect(cluster.brokers)
})
afterEach(async () => {
  await expectService()
  stranger.destroy()
})

async function expectService(): Promise<void> {
  expect(await produceRaw(witness, topic, recordBatch(['still served']))).toMatchObject({ errorCode: 0 })
}

const metadataBody = (...topics: string[]): Buffer => bytes.array(topics.map(name => bytes.string(name)))

const wholeFrames: Record<string, Buffer> = {
  'a frame of 2 GiB': bytes.int32(2 ** 31 - 1),
  'a frame of a negative length': bytes.int32(-5),
  'an empty frame': bytes.int32(0),
  'a frame that is too short for a header': bytes.blob(Buffer.from([0, 3])),
  'a request of HTTP': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'a greeting of TLS': Buffer.from('16030100f8010000f40303', 'hex'),
  'an API that does not exist': requestFrame({ apiKey: 9999, version: 0, body: Buffer.alloc(0) }),
  'an API of a negative key': requestFrame({ apiKey: -1, version: 0, body: Buffer.alloc(0) }),
  'a version that does not exist': requestFrame({ apiKey: key.metadata, version: 999, body: metadataBody() }),
  'a negative version': requestFrame({ apiKey: key.metadata, version: -1, body: metadataBody() }),
  'a body that ends too early': requestFrame({
    apiKey: key.metadata,
    version: 1,
    body: metadataBody('t').subarray(0, 5),
  }),
  'no body at all': requestFrame({ apiKey: key.produce, version: 3, body: Buffer.alloc(0) }),
  'an array of 2^31-1 topics': requestFrame({ apiKey: key.metadata, version: 1, body: bytes.int32(2 ** 31 - 1) }),
  'a string of a length below -1': requestFrame({
    apiKey: key.metadata,
    version: 1,
    body: Buffer.concat([bytes.int32(1), bytes.int16(-7)]),
  }),
  'a string that is longer than the frame': requestFrame({
    apiKey: key.metadata,
    version: 1,
    body: Buffer.concat([bytes.int32(1), bytes.int16(30_000), Buffer.from('short')]),
  }),
  'records that are longer than the frame': requestFrame({
    apiKey: key.produce,
    version: 3,
    body: produceBody('any', recordBatch(['x'])).subarray(0, -10),
  }),
}

for (const [what, frame] of Object.entries(wholeFrames))
  test(`${what} closes the connection`, async () => {
    stranger.send(frame)
    await stranger.closed
  })

test('half a frame and then the end of the stream closes the connection', async () => {
  stranger.send(requestFrame({ apiKey: key.metadata, version: 1, body: metadataBody('t') }).subarray(0, 12))
  stranger.end()
  await stranger.closed
})

test('an unknown version of ApiVersions is answered with the versions that are known', async () => {
  stranger.send(
    requestFrame({ apiKey: key.apiVersions, version: 99, correlationId: 7, flexible: true, body: bytes.int8(0) }),
  )
  const answer = await stranger.receive()
  expect(answer.readInt32BE(0)).toBe(7)
  expect(answer.readInt16BE(4)).toBe(error.unsupportedVersion)
  const ranges = Array.from({ length: answer.readInt32BE(6) }, (_, i) => ({
    key: answer.readInt16BE(10 + 6 * i),
    max: answer.readInt16BE(14 + 6 * i),
  }))
  expect(ranges.find(range => range.key === key.apiVersions)?.max).toBeGreaterThanOrEqual(3)
})

test('the requests before a broken one are answered', async () => {
  stranger.send(requestFrame({ apiKey: key.produce, version: 3, body: produceBody(topic, recordBatch(['before'])) }))
  await stranger.receive()
  stranger.send(bytes.int32(-1))
  await stranger.closed
})

const whole = recordBatch(['one', 'two'])
const flippedBit = Buffer.from(whole)
flippedBit[flippedBit.length - 3]! ^= 1

const batches: Record<string, { records: Buffer | null; expected: readonly number[] }> = {
  'a wrong CRC': { records: recordBatch(['x'], { crc: 1234 }), expected: [error.corruptMessage] },
  'a flipped bit': { records: flippedBit, expected: [error.corruptMessage] },
  'a magic of 3': { records: recordBatch(['x'], { magic: 3 }), expected: [error.invalidRecord, error.corruptMessage] },
  'a magic of -1': {
    records: recordBatch(['x'], { magic: -1 }),
    expected: [error.invalidRecord, error.corruptMessage],
  },
  'more records than it has': {
    records: recordBatch(['x'], { recordCount: 5 }),
    expected: [error.invalidRecord, error.corruptMessage],
  },
  'a last offset that does not fit its count': {
    records: recordBatch(['x', 'y'], { lastOffsetDelta: 7 }),
    expected: [error.invalidRecord],
  },
  'a length beyond its bytes': {
    records: recordBatch(['x'], { batchLength: 5000 }),
    expected: [error.corruptMessage, error.invalidRecord],
  },
  'a length below its header': { records: recordBatch(['x'], { batchLength: 3 }), expected: [error.corruptMessage] },
  'an unknown codec': {
    records: recordBatch(['x'], { attributes: 7 }),
    // The last one is Apache Kafka's own answer.
    expected: [error.corruptMessage, error.invalidRecord, error.unsupportedCompression, error.unknownServerError],
  },
  'the mark of a control batch': { records: recordBatch(['x'], { attributes: 0x20 }), expected: [error.invalidRecord] },
  'another batch behind it': {
    records: Buffer.concat([recordBatch(['x']), recordBatch(['y'])]),
    expected: [error.invalidRecord],
  },
  'only half of its bytes': { records: whole.subarray(0, 40), expected: [error.corruptMessage, error.invalidRecord] },
}

for (const [what, { records, expected }] of Object.entries(batches))
  test(`a batch with ${what} is refused, and the next one is taken`, async () => {
    const { errorCode } = await produceRaw(stranger, topic, records)
    expect(expected).toContain(errorCode)
    expect(await produceRaw(stranger, topic, recordBatch(['good']))).toMatchObject({ errorCode: 0 })
  })

test('a refused batch leaves no gap', async () => {
  const own = cluster.uniqueName('no-gap')
  await createTopic(cluster.brokers, own)
  expect(await produceRaw(stranger, own, recordBatch(['a', 'b']))).toEqual({ errorCode: 0, baseOffset: 0 })
  await produceRaw(stranger, own, recordBatch(['x', 'y', 'z'], { crc: 1 }))
  expect(await produceRaw(stranger, own, recordBatch(['c']))).toEqual({ errorCode: 0, baseOffset: 2 })
})

test('acks other than 0, 1 and all are refused', async () => {
  expect(await produceRaw(stranger, topic, recordBatch(['x']), { acks: 5 })).toMatchObject({
    errorCode: error.invalidRequiredAcks,
  })
})

test('a partition that does not exist is unknown', async () => {
  const answer = await produceRaw(stranger, topic, recordBatch(['x']), { partition: 12 })
  expect(answer.errorCode).toBe(error.unknownTopicOrPartition)
})

test('an error that acks=0 cannot tell closes the connection', async () => {
  const body = produceBody(topic, recordBatch(['x'], { crc: 1 }), { acks: 0 })
  stranger.send(requestFrame({ apiKey: key.produce, version: 3, body }))
  await stranger.closed
})

for (const name of ['', '.', '..', 'with space', 'slash/slash', 'ümlaut', 'x'.repeat(250), 'tab\there', 'nul\0byte'])
  test(`a topic may not be named ${JSON.stringify(name.slice(0, 20))}${name.length > 20 ? '...' : ''}`, async () => {
    await expect(createTopic(cluster.brokers, name)).rejects.toThrow(`error ${error.invalidTopic}`)
    const answer = await stranger.request(key.metadata, 1, metadataBody(name))
    expect(metadataTopicError(answer)).toBe(error.invalidTopic)
  })

/** The error code of the first topic of a Metadata v1 answer. */
function metadataTopicError(answer: Buffer): number {
  let at = 4
  for (let left = answer.readInt32BE(0); left > 0; left--) {
    at += 4
    at += 2 + answer.readInt16BE(at)
    at += 4
    at += 2 + Math.max(0, answer.readInt16BE(at))
  }
  return answer.readInt16BE(at + 4 + 4)
}

test('a frame that arrives byte by byte is answered, and others are served between its bytes', async () => {
  const frame = requestFrame({ apiKey: key.metadata, version: 1, correlationId: 3, body: metadataBody(topic) })
  for (const byte of frame) {
    stranger.send(Buffer.from([byte]))
    await expectService()
  }
  expect((await stranger.receive()).readInt32BE(0)).toBe(3)
})

test('a frame that announces much and never arrives delays nobody', async () => {
  const silent = await Promise.all(Array.from({ length: 20 }, () => connect(cluster.brokers)))
  for (const connection of silent) connection.send(bytes.int32(5_000_000))
  for (let i = 0; i < 20; i++) await expectService()
  for (const connection of silent) connection.destroy()
})

test('a reader that never reads its answers delays nobody', async () => {
  const own = cluster.uniqueName('large')
  await createTopic(cluster.brokers, own)
  const value = 'x'.repeat(500_000)
  await withConnection(cluster.brokers, async connection => {
    for (let i = 0; i < 4; i++) await produceRaw(connection, own, recordBatch([value]))
  })
  const fetch = Buffer.concat([
    ...[bytes.int32(-1), bytes.int32(100), bytes.int32(1), bytes.int32(50_000_000), bytes.int8(0)],
    ...[bytes.int32(1), bytes.string(own), bytes.int32(1), bytes.int32(0), bytes.int64(0), bytes.int32(50_000_000)],
  ])
  stranger.pause()
  // 200 answers of 2 MB are asked for: nobody may hold 400 MB for them.
  for (let i = 0; i < 200; i++)
    stranger.send(requestFrame({ apiKey: key.fetch, version: 4, correlationId: i, body: fetch }))
  for (let i = 0; i < 20; i++) await expectService()
})

test('a thousand strangers with garbage leave the node as it was', async () => {
  for (let round = 0; round < 10; round++) {
    const strangers = await Promise.all(Array.from({ length: 100 }, () => connect(cluster.brokers)))
    for (const [i, connection] of strangers.entries()) connection.send(Object.values(wholeFrames)[i % 12]!)
    for (const connection of strangers) connection.destroy()
  }
  await expectService()
})
