// kafkajs 2.2.4: a client in JavaScript that knows almost no flexible versions.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type Admin, CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { afterEach, expect, test } from 'vitest'
import { liveThroughRebalances, type Member, type MemberEvents, signal } from '../support/group-scenario.ts'
import { clusterForFile, createTopic, storedBatches, storedCodecs } from '../support/kafka-cluster.ts'
import { lockFileLines } from '../support/real-input.ts'

const cluster = clusterForFile()

// kafkajs brings gzip and leaves the other codecs to its users.
const codec = (compress: (raw: Buffer) => Buffer, decompress: (packed: Buffer) => Buffer) => () => ({
  compress: async (encoder: { buffer: Buffer }) => compress(encoder.buffer),
  decompress: async (packed: Buffer) => decompress(packed),
})
CompressionCodecs[CompressionTypes.Snappy] = codec(
  raw => snappy.compressSync(raw),
  packed => snappy.uncompressSync(packed) as Buffer,
)
CompressionCodecs[CompressionTypes.LZ4] = codec(
  raw => lz4.compressFrameSync(raw),
  packed => lz4.decompressFrameSync(packed),
)
CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdCompressSync, zstdDecompressSync)

const opened: { disconnect(): Promise<void> }[] = []
afterEach(async () => {
  for (const client of opened.splice(0)) await client.disconnect()
})

function kafka(): Kafka {
  return new Kafka({ clientId: 'test', brokers: [cluster.brokers], logLevel: logLevel.NOTHING })
}

async function connected<T extends { connect(): Promise<void>; disconnect(): Promise<void> }>(client: T): Promise<T> {
  opened.push(client)
  await client.connect()
  return client
}

async function produce(
  topic: string,
  values: readonly string[],
  options: { compression?: CompressionTypes; acks?: number } = {},
): Promise<void> {
  const producer = await connected(kafka().producer())
  await producer.send({ topic, messages: values.map(value => ({ key: value, value })), ...options })
}

/** The first `count` values for a group, which commits them. */
async function consume(topic: string, groupId: string, count: number): Promise<string[]> {
  const consumer = await connected(kafka().consumer({ groupId, maxWaitTimeInMs: 100 }))
  const values: string[] = []
  const changes = signal()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(message.value!.toString())
      changes.notify()
    },
  })
  await changes.until(
    () => values.length >= count,
    () => `${count} records, got ${values.length}`,
  )
  await consumer.disconnect()
  return values
}

for (const [name, compression] of Object.entries(CompressionTypes).filter(([, value]) => typeof value === 'number'))
  test(`records compressed with ${name} are stored so and come back as they were`, async () => {
    const topic = cluster.uniqueName(name.toLowerCase())
    await createTopic(cluster.brokers, topic)
    const lines = lockFileLines(1000)
    await produce(topic, lines, { compression: compression as CompressionTypes })
    expect(await storedCodecs(cluster.brokers, topic)).toContain(name.toLowerCase())
    expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
  })

for (const acks of [0, 1, -1])
  test(`acks=${acks} stores every record in order`, async () => {
    const topic = cluster.uniqueName('acks')
    await createTopic(cluster.brokers, topic)
    const lines = lockFileLines(200)
    await produce(topic, lines, { acks })
    expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
  })

test('an idempotent producer gets a producer id and stores each record once', async () => {
  const topic = cluster.uniqueName('idempotent')
  await createTopic(cluster.brokers, topic)
  const producer = await connected(kafka().producer({ idempotent: true, maxInFlightRequests: 1 }))
  const lines = lockFileLines(200)
  for (let at = 0; at < lines.length; at += 20)
    await producer.send({ topic, messages: lines.slice(at, at + 20).map(value => ({ value })) })
  const batches = await storedBatches(cluster.brokers, topic)
  expect(batches.every(batch => batch.producerId >= 0)).toBe(true)
  expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
})

test('keys, headers, null values and timestamps survive', async () => {
  const topic = cluster.uniqueName('parts')
  await createTopic(cluster.brokers, topic)
  const producer = await connected(kafka().producer())
  const headers = { trace: Buffer.from([0, 255]), twice: [Buffer.from('a'), Buffer.from('b')] }
  await producer.send({ topic, messages: [{ key: 'k', value: null, headers, timestamp: '1700000000000' }] })
  const consumer = await connected(kafka().consumer({ groupId: cluster.uniqueName('g'), maxWaitTimeInMs: 100 }))
  await consumer.subscribe({ topic, fromBeginning: true })
  const message = await new Promise(resolve => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(message) })
  })
  expect(message).toMatchObject({
    key: Buffer.from('k'),
    value: null,
    timestamp: '1700000000000',
    offset: '0',
    headers,
  })
})

test('a group goes on behind the offset that it committed', async () => {
  const topic = cluster.uniqueName('resume')
  const group = cluster.uniqueName('g')
  await createTopic(cluster.brokers, topic)
  await produce(topic, ['a', 'b', 'c'])
  expect(await consume(topic, group, 3)).toEqual(['a', 'b', 'c'])
  await produce(topic, ['d', 'e'])
  expect(await consume(topic, group, 2)).toEqual(['d', 'e'])
  const admin = await connected(kafka().admin())
  expect(await admin.fetchOffsets({ groupId: group, topics: [topic] })).toEqual([
    { topic, partitions: [{ partition: 0, offset: '5', metadata: null }] },
  ])
})

test('an administrator sees what it created, altered and deleted', async () => {
  const admin = await connected(kafka().admin())
  const topic = cluster.uniqueName('admin')
  expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true })).toBe(true)
  expect(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] })).toBe(false)
  expect(await admin.listTopics()).toContain(topic)
  await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
  expect((await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions).toHaveLength(4)
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      { type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'retention.ms', value: '1234567' }] },
    ],
  })
  expect(await retentionOf(admin, topic)).toBe('1234567')
  await produce(topic, ['a', 'b', 'c'])
  const offsets = await admin.fetchTopicOffsets(topic)
  expect(offsets.map(({ high }) => Number(high)).reduce((sum, high) => sum + high)).toBe(3)
  const [filled] = offsets.filter(({ high }) => high !== '0')
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: filled!.partition, offset: '-1' }] })
  const after = (await admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === filled!.partition)
  expect(after).toMatchObject({ low: filled!.high, high: filled!.high })
  await admin.deleteTopics({ topics: [topic] })
  expect(await admin.listTopics()).not.toContain(topic)
})

async function retentionOf(admin: Admin, topic: string): Promise<string | undefined> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms'] }
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] })
  return resources[0]?.configEntries[0]?.configValue
}

test('an administrator lists, describes, resets and deletes groups', async () => {
  const topic = cluster.uniqueName('grouped')
  const group = cluster.uniqueName('g')
  await createTopic(cluster.brokers, topic)
  await produce(topic, ['a', 'b'])
  await consume(topic, group, 2)
  const admin = await connected(kafka().admin())
  expect((await admin.listGroups()).groups).toContainEqual({ groupId: group, protocolType: 'consumer' })
  expect((await admin.describeGroups([group])).groups).toMatchObject([{ groupId: group, state: 'Empty', members: [] }])
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '1' }] })
  expect(await consume(topic, group, 1)).toEqual(['b'])
  expect(await admin.deleteGroups([group])).toMatchObject([{ groupId: group, errorCode: 0 }])
  expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group)
})

test('three members share a topic, take over from one another and lose nothing', () =>
  liveThroughRebalances({
    cluster,
    startMember: ({ topic, group }, events) => startMember(topic, group, events),
    produce: ({ topic }, values) => produce(topic, values),
  }))

async function startMember(topic: string, groupId: string, events: MemberEvents): Promise<Member> {
  const timing = { heartbeatInterval: 200, sessionTimeout: 6000, rebalanceTimeout: 6000, maxWaitTimeInMs: 100 }
  const consumer = await connected(kafka().consumer({ groupId, ...timing }))
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => events.assigned(payload.memberAssignment[topic] ?? []))
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ partition, message }) =>
      events.received({ partition, offset: Number(message.offset), value: message.value!.toString() }),
  })
  return { leave: () => consumer.disconnect() }
}
