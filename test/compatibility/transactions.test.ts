// Transactions of clients in JavaScript, looked at with both eyes of librdkafka: read_committed and read_uncommitted.
// Those of librdkafka itself, and all of it while things are killed: test/end-to-end/exactly-once.test.ts.
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, describe, expect } from 'vitest'
import { kcat, kcatClient, testWith } from '../support/clients.ts'
import { clusterForFile, createTopic } from '../support/kafka-cluster.ts'

const cluster = clusterForFile()

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** An open transaction of whatever client. */
interface OpenTransaction {
  send(topic: string, values: readonly string[]): Promise<unknown>
  commit(): Promise<unknown>
  abort(): Promise<unknown>
}

interface Client {
  readonly name: string
  /** A producer, whose transactions follow one another. */
  producer(transactionalId: string): Promise<{ begin(): Promise<OpenTransaction> }>
  /** Copies `count` records to another topic in one transaction with their offsets; answers what it has copied. */
  copy(place: CopyPlace, count: number, end: 'commit' | 'abort'): Promise<string[]>
}

interface CopyPlace {
  readonly from: string
  readonly to: string
  readonly group: string
}

const kafkajs: Client = {
  name: 'kafkajs',
  async producer(transactionalId) {
    const producer = newKafkajs().producer({ transactionalId, maxInFlightRequests: 1, idempotent: true })
    closing.push(() => producer.disconnect())
    await producer.connect()
    return {
      async begin() {
        const transaction = await producer.transaction()
        return {
          send: (topic, values) => transaction.send({ topic, messages: values.map(value => ({ value })) }),
          commit: () => transaction.commit(),
          abort: () => transaction.abort(),
        }
      },
    }
  },
  async copy({ from, to, group }, count, end) {
    const kafka = newKafkajs()
    const producer = kafka.producer({ transactionalId: cluster.uniqueName('copy'), maxInFlightRequests: 1 })
    const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 })
    await Promise.all([producer.connect(), consumer.connect()])
    await consumer.subscribe({ topic: from, fromBeginning: true })
    const values: string[] = []
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const copyBatch = async (messages: readonly { value: Buffer | null; offset: string }[], partition: number) => {
      const taken = messages.slice(0, count - values.length)
      values.push(...taken.map(({ value }) => String(value)))
      if (values.length < count) return
      const transaction = await producer.transaction()
      await transaction.send({ topic: to, messages: values.map(value => ({ value })) })
      const offset = String(Number(taken.at(-1)!.offset) + 1)
      const topics = [{ topic: from, partitions: [{ partition, offset }] }]
      await transaction.sendOffsets({ consumerGroupId: group, topics })
      await transaction[end]()
    }
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch: { messages, partition } }) => {
        if (values.length >= count) return
        await copyBatch(messages, partition).catch(reject)
        if (values.length >= count) resolve()
      },
    })
    await promise
    await Promise.all([producer.disconnect(), consumer.disconnect()])
    return values
  },
}

function newKafkajs(): Kafka {
  return new Kafka({ clientId: 'test', brokers: [cluster.brokers], logLevel: logLevel.NOTHING })
}

const platformatic: Client = {
  name: '@platformatic/kafka',
  async producer(transactionalId) {
    const producer = newPlatformatic(transactionalId)
    closing.push(() => producer.close(true))
    return {
      async begin() {
        // Left to itself the client asks to go on as producer 0, which nobody is who takes over a transactional id.
        const transaction = await producer.beginTransaction({ producerId: -1n, producerEpoch: -1 })
        return {
          send: (topic, values) => transaction.send({ messages: values.map(value => ({ topic, value })) }),
          commit: () => transaction.commit(),
          abort: () => transaction.abort(),
        }
      },
    }
  },
  async copy({ from, to, group }, count, end) {
    const producer = newPlatformatic(cluster.uniqueName('copy'))
    const consumer = new Consumer({ ...place(), groupId: group, maxWaitTime: 100, deserializers: stringDeserializers })
    const stream = await consumer.consume({
      topics: [from],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: false,
    })
    const transaction = await producer.beginTransaction()
    await transaction.addConsumer(consumer)
    const values: string[] = []
    for await (const message of stream) {
      await transaction.send({ messages: [{ topic: to, value: message.value }] })
      await transaction.addOffset(message)
      if (values.push(message.value) === count) break
    }
    await transaction[end]()
    await consumer.close(true)
    await producer.close(true)
    return values
  },
}

const place = () => ({ clientId: 'test', bootstrapBrokers: [cluster.brokers] })

function newPlatformatic(transactionalId: string): Producer<string, string, string, string> {
  return new Producer({ ...place(), transactionalId, idempotent: true, serializers: stringSerializers })
}

async function read(topic: string, isolation = 'read_committed'): Promise<string[]> {
  const args = [
    '-b',
    cluster.brokers,
    '-C',
    '-t',
    topic,
    '-e',
    '-q',
    '-X',
    `isolation.level=${isolation}`,
    '-X',
    'fetch.wait.max.ms=20',
  ]
  const { exitCode, stdout, stderr } = await kcat(args)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout.toString().split('\n').slice(0, -1)
}

async function topics(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, () => cluster.uniqueName('t'))
  for (const name of names) await createTopic(cluster.brokers, name)
  return names
}

for (const client of [kafkajs, platformatic])
  describe(client.name, () => {
    testWith(
      kcatClient,
      'records of a transaction are read once it is committed, of an aborted one never',
      async () => {
        const [one = '', two = ''] = await topics(2)
        const producer = await client.producer(cluster.uniqueName('id'))
        for (const end of ['commit', 'abort', 'commit'] as const) {
          const before = await read(one)
          const transaction = await producer.begin()
          await transaction.send(one, [`${end}-a`, `${end}-b`])
          await transaction.send(two, [`${end}-c`])
          expect(await read(one)).toEqual(before)
          await transaction[end]()
        }
        expect(await read(one)).toEqual(['commit-a', 'commit-b', 'commit-a', 'commit-b'])
        expect(await read(two)).toEqual(['commit-c', 'commit-c'])
        expect(await read(two, 'read_uncommitted')).toEqual(['commit-c', 'abort-c', 'commit-c'])
      },
    )

    testWith(kcatClient, 'a producer with the same transactional id fences the one before it', async () => {
      const [topic = ''] = await topics(1)
      const transactionalId = cluster.uniqueName('id')
      const first = await (await client.producer(transactionalId)).begin()
      await first.send(topic, ['of the first'])
      const second = await (await client.producer(transactionalId)).begin()
      await second.send(topic, ['of the second'])
      await expect(first.commit()).rejects.toThrow()
      await second.commit()
      expect(await read(topic)).toEqual(['of the second'])
    })

    testWith(kcatClient, 'offsets are committed with the records, or not at all', async () => {
      const [from = '', to = ''] = await topics(2)
      const group = cluster.uniqueName('g')
      await kcat(['-b', cluster.brokers, '-P', '-t', from], { input: 'a\nb\nc\nd\n' })
      expect(await client.copy({ from, to, group }, 2, 'commit')).toEqual(['a', 'b'])
      expect(await client.copy({ from, to, group }, 2, 'abort')).toEqual(['c', 'd'])
      expect(await client.copy({ from, to, group }, 2, 'commit')).toEqual(['c', 'd'])
      expect(await read(to)).toEqual(['a', 'b', 'c', 'd'])
      expect(await read(to, 'read_uncommitted')).toEqual(['a', 'b', 'c', 'd', 'c', 'd'])
    })
  })
