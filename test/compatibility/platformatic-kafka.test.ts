// @platformatic/kafka 2: a client in TypeScript that speaks flexible versions only. The commands use it too.
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { afterEach, expect, test } from 'vitest'
import { liveThroughRebalances, type Member, type MemberEvents } from '../support/group-scenario.ts'
import { clusterForFile, createTopic, storedBatches, storedCodecs } from '../support/kafka-cluster.ts'
import { lockFileLines } from '../support/real-input.ts'

const cluster = clusterForFile()

const opened: (Admin | Producer<string, string, string, string> | TextConsumer)[] = []
afterEach(async () => {
  for (const client of opened.splice(0)) await (client instanceof Admin ? client.close() : client.close(true))
})

function remember<T extends (typeof opened)[number]>(client: T): T {
  opened.push(client)
  return client
}

const place = (): { clientId: string; bootstrapBrokers: string[] } => ({
  clientId: 'test',
  bootstrapBrokers: [cluster.brokers],
})

type TextConsumer = Consumer<string, string, string, string>

interface MemberOptions {
  readonly groupId: string
  readonly heartbeatInterval?: number
  readonly sessionTimeout?: number
  readonly rebalanceTimeout?: number
}

function newConsumer(options: MemberOptions): TextConsumer {
  return remember(new Consumer({ ...place(), maxWaitTime: 100, deserializers: stringDeserializers, ...options }))
}

type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

async function produce(
  topic: string,
  values: readonly string[],
  options: { compression?: Compression; idempotent?: boolean; acks?: 0 | 1 | -1 } = {},
): Promise<void> {
  const producer = remember(new Producer({ ...place(), serializers: stringSerializers }))
  for (let at = 0; at < values.length; at += 100)
    await producer.send({
      messages: values.slice(at, at + 100).map(value => ({ topic, key: value, value })),
      ...options,
    })
}

/** The first `count` values for a group, which commits them. */
async function consume(topic: string, groupId: string, count: number): Promise<string[]> {
  const consumer = newConsumer({ groupId })
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  })
  const values: string[] = []
  for await (const message of stream) {
    values.push(message.value)
    if (values.length < count) continue
    await message.commit()
    break
  }
  await consumer.close(true)
  return values
}

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)
  test(`records compressed with ${compression} are stored so and come back as they were`, async () => {
    const topic = cluster.uniqueName(compression)
    await createTopic(cluster.brokers, topic)
    const lines = lockFileLines(1000)
    await produce(topic, lines, { compression })
    expect(await storedCodecs(cluster.brokers, topic)).toContain(compression)
    expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
  })

for (const acks of [0, 1, -1] as const)
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
  const lines = lockFileLines(500)
  await produce(topic, lines, { idempotent: true })
  const batches = await storedBatches(cluster.brokers, topic)
  expect(batches.every(batch => batch.producerId >= 0)).toBe(true)
  expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
})

test('keys, headers and timestamps survive', async () => {
  const topic = cluster.uniqueName('parts')
  await createTopic(cluster.brokers, topic)
  const producer = remember(new Producer({ ...place(), serializers: stringSerializers }))
  const sent = { key: 'k', value: 'v', headers: new Map([['trace', 'abc']]), timestamp: 1_700_000_000_000n }
  await producer.send({ messages: [{ topic, ...sent }] })
  const stream = await newConsumer({ groupId: cluster.uniqueName('g') }).consume({ topics: [topic], mode: 'earliest' })
  for await (const message of stream) {
    expect(message).toMatchObject({ ...sent, offset: 0n, partition: 0 })
    break
  }
})

test('a group goes on behind the offset that it committed', async () => {
  const topic = cluster.uniqueName('resume')
  const group = cluster.uniqueName('g')
  await createTopic(cluster.brokers, topic)
  await produce(topic, ['a', 'b', 'c'])
  expect(await consume(topic, group, 2)).toEqual(['a', 'b'])
  await produce(topic, ['d'])
  expect(await consume(topic, group, 2)).toEqual(['c', 'd'])
})

test('an administrator sees what it created, altered and deleted', async () => {
  const admin = remember(new Admin(place()))
  const topic = cluster.uniqueName('admin')
  const configs = [{ name: 'retention.ms', value: '3600000' }]
  expect(await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1, configs })).toMatchObject([
    { name: topic, partitions: 2, replicas: 1 },
  ])
  await expect(admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 })).rejects.toThrow()
  expect(await admin.listTopics()).toContain(topic)
  await admin.createPartitions({ topics: [{ name: topic, count: 4, assignments: null }] })
  const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true })
  expect(topics.get(topic)?.partitionsCount).toBe(4)
  const configuration = await admin.describeConfigs({
    resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ['retention.ms'] }],
  })
  expect(configuration[0]?.configs[0]).toMatchObject({ name: 'retention.ms', value: '3600000' })
  await admin.deleteTopics({ topics: [topic] })
  expect(await admin.listTopics()).not.toContain(topic)
})

test('an administrator lists, describes and deletes groups', async () => {
  const topic = cluster.uniqueName('grouped')
  const group = cluster.uniqueName('g')
  await createTopic(cluster.brokers, topic)
  await produce(topic, ['a'])
  await consume(topic, group, 1)
  const admin = remember(new Admin(place()))
  expect((await admin.listGroups()).get(group)).toMatchObject({ id: group, state: 'Empty', protocolType: 'consumer' })
  expect((await admin.describeGroups({ groups: [group] })).get(group)).toMatchObject({ id: group, state: 'Empty' })
  const [offsets] = await admin.listConsumerGroupOffsets({ groups: [group] })
  expect(offsets?.topics[0]).toMatchObject({ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 1n }] })
  await admin.deleteGroups({ groups: [group] })
  expect([...(await admin.listGroups()).keys()]).not.toContain(group)
})

test('three members share a topic, take over from one another and lose nothing', () =>
  liveThroughRebalances({
    cluster,
    startMember: ({ topic, group }, events) => startMember(topic, group, events),
    produce: ({ topic }, values) => produce(topic, values),
  }))

async function startMember(topic: string, groupId: string, events: MemberEvents): Promise<Member> {
  const consumer = newConsumer({ groupId, heartbeatInterval: 200, sessionTimeout: 6000, rebalanceTimeout: 6000 })
  consumer.on('consumer:group:join', ({ assignments }) =>
    events.assigned(assignments?.find(assignment => assignment.topic === topic)?.partitions ?? []),
  )
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
  })
  stream.on('error', () => {})
  const commits = new Set<Promise<void>>()
  stream.on('data', message => {
    // A commit in the middle of a rebalance may fail: the next owner then gets the record again.
    const commit = Promise.resolve(message.commit()).catch(() => {})
    commits.add(commit)
    void commit.then(() => commits.delete(commit))
    events.received({ partition: message.partition, offset: Number(message.offset), value: message.value })
  })
  const leave = async (): Promise<void> => {
    await Promise.all(commits)
    await consumer.close(true)
  }
  return { leave }
}
