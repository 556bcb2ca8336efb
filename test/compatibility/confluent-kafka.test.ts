// librdkafka 2.0 through Debian's python3-confluent-kafka, unchanged.
import { expect } from 'vitest'
import { confluentClient, python, startPython, testWith } from '../support/clients.ts'
import { type GroupPlace, liveThroughRebalances, processMember } from '../support/group-scenario.ts'
import { clusterForFile, createTopic, storedBatches, storedCodecs } from '../support/kafka-cluster.ts'
import { lockFileLines } from '../support/real-input.ts'

const cluster = clusterForFile()

async function produce(topic: string, values: readonly string[], ...settings: string[]): Promise<unknown> {
  const input = values.map(value => `${value}\n`).join('')
  return python('confluent_produce.py', [cluster.brokers, topic, ...settings], { input })
}

async function consume(topic: string, group: string, count: number): Promise<string[]> {
  const { finished } = startPython('confluent_consume.py', [cluster.brokers, topic, group, `${count}`])
  const { exitCode, stdout, stderr } = await finished
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout.toString().split('\n').slice(0, -1)
}

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  testWith(confluentClient, `records compressed with ${codec} are stored so and come back as they were`, async () => {
    const topic = cluster.uniqueName(codec)
    await createTopic(cluster.brokers, topic)
    const lines = lockFileLines(2000)
    const result = await produce(topic, lines, `compression.type=${codec}`, 'linger.ms=50')
    expect(result).toEqual({ delivered: lines.length, failed: [] })
    expect(await storedCodecs(cluster.brokers, topic)).toContain(codec)
    expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
  })

testWith(confluentClient, 'an idempotent producer gets a producer id and stores each record once', async () => {
  const topic = cluster.uniqueName('idempotent')
  await createTopic(cluster.brokers, topic)
  const lines = lockFileLines(3000)
  // Small batches and all of the window of five requests in use.
  const result = await produce(topic, lines, 'enable.idempotence=true', 'batch.num.messages=20', 'linger.ms=0')
  expect(result).toEqual({ delivered: lines.length, failed: [] })
  const batches = await storedBatches(cluster.brokers, topic)
  expect(batches.every(batch => batch.producerId >= 0)).toBe(true)
  expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
})

for (const acks of ['0', '1', 'all'])
  testWith(confluentClient, `acks=${acks} stores every record in order`, async () => {
    const topic = cluster.uniqueName('acks')
    await createTopic(cluster.brokers, topic)
    const lines = lockFileLines(500)
    expect(await produce(topic, lines, `acks=${acks}`)).toEqual({ delivered: lines.length, failed: [] })
    expect(await consume(topic, cluster.uniqueName('g'), lines.length)).toEqual(lines)
  })

testWith(confluentClient, 'a group goes on behind the offset that it committed', async () => {
  const topic = cluster.uniqueName('resume')
  const group = cluster.uniqueName('g')
  await createTopic(cluster.brokers, topic)
  const lines = lockFileLines(300)
  await produce(topic, lines)
  expect(await consume(topic, group, 100)).toEqual(lines.slice(0, 100))
  expect(await consume(topic, group, 200)).toEqual(lines.slice(100))
})

testWith(confluentClient, 'an administrator creates, grows, alters, lists and deletes a topic', async () => {
  expect(await python('confluent_admin.py', [cluster.brokers, cluster.uniqueName('admin')])).toEqual({
    created: null,
    'created again': 'TOPIC_ALREADY_EXISTS',
    'illegal name': 'TOPIC_EXCEPTION',
    'illegal setting': 'INVALID_CONFIG',
    'too many replicas': 'INVALID_REPLICATION_FACTOR',
    partitions: [0, 1, 2],
    'retention.ms': '3600000',
    grown: null,
    shrunk: 'INVALID_PARTITIONS',
    'partitions then': [0, 1, 2, 3, 4],
    altered: null,
    'retention.ms then': '7200000',
    groups: true,
    deleted: null,
    'deleted again': 'UNKNOWN_TOPIC_OR_PART',
    'partitions at last': null,
  })
})

for (const strategy of ['range', 'roundrobin', 'cooperative-sticky'])
  testWith(
    confluentClient,
    `three members share a topic by ${strategy}, take over from one another and lose nothing`,
    () =>
      liveThroughRebalances({
        cluster,
        startMember: async ({ brokers, topic, group }, events) => {
          const setting = `partition.assignment.strategy=${strategy}`
          return processMember(startPython('confluent_member.py', [brokers, topic, group, setting]), events)
        },
        produce: async ({ topic }: GroupPlace, values) => void (await produce(topic, values)),
      }),
  )
