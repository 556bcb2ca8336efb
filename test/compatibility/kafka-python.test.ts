// kafka-python 2.0.2 of Debian: a client of 2020 that knows the versions of its time only.
import { expect } from 'vitest'
import { kafkaPythonClient, kafkaPythonWith, python, startPython, testWith } from '../support/clients.ts'
import { liveThroughRebalances, processMember } from '../support/group-scenario.ts'
import { clusterForFile, createTopic, servedVersions, storedCodecs } from '../support/kafka-cluster.ts'
import { lockFileLines } from '../support/real-input.ts'

const cluster = clusterForFile()
/** Apache Kafka 4 names Produce 0 to 2 without serving them; its range of Fetch is honest. */
const fetchKey = 1

async function produce(topic: string, values: readonly string[], ...args: string[]): Promise<unknown> {
  const input = values.map(value => `${value}\n`).join('')
  return python('kafka_python_produce.py', [cluster.brokers, topic, ...args], { input })
}

async function consume(topic: string, count: number, ...args: string[]): Promise<string[]> {
  const { finished } = startPython('kafka_python_consume.py', [cluster.brokers, topic, `${count}`, ...args])
  const { exitCode, stdout, stderr } = await finished
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
  return stdout.toString().split('\n').slice(0, -1)
}

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  testWith(
    kafkaPythonWith(codec),
    `records compressed with ${codec} are stored so and come back as they were`,
    async () => {
      const topic = cluster.uniqueName(codec)
      await createTopic(cluster.brokers, topic)
      const lines = lockFileLines(1000)
      expect(await produce(topic, lines, codec)).toEqual({ delivered: lines.length })
      expect(await storedCodecs(cluster.brokers, topic)).toContain(codec)
      expect(await consume(topic, lines.length)).toEqual(lines)
    },
  )

// Each release's own Produce version, and with it the format of its records: magic 0 up to 0.9, magic 1 in 0.10.
for (const release of ['0.8.2', '0.9', '0.10', '0.11', '1.0', '2.1.0'])
  for (const codec of release < '2' ? ['none', 'gzip', 'snappy', 'lz4'] : ['none', 'zstd'])
    testWith(
      kafkaPythonWith(codec),
      `records in the form of Kafka ${release}, ${codec}, are read by a client of today`,
      async context => {
        const { min } = await servedVersions(cluster.brokers, fetchKey)
        context.skip(min > 0, `this cluster serves Fetch from version ${min} only`)
        const topic = cluster.uniqueName(release)
        await createTopic(cluster.brokers, topic)
        const lines = lockFileLines(200)
        expect(await produce(topic, lines, codec, release)).toEqual({ delivered: lines.length })
        expect(await consume(topic, lines.length)).toEqual(lines)
      },
    )

testWith(kafkaPythonClient, 'three members share a topic, take over from one another and lose nothing', () =>
  liveThroughRebalances({
    cluster,
    startMember: async ({ brokers, topic, group }, events) =>
      processMember(startPython('kafka_python_member.py', [brokers, topic, group]), events),
    produce: async ({ topic }, values) => void (await produce(topic, values, 'none')),
  }),
)
