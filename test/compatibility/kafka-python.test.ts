// kafka-python 2.0.2 of Debian: a client of 2020 that knows the versions of its time only.
import { expect } from 'vitest'
import { kafkaPythonClient, python, startPython, testWith } from '../support/clients.ts'
import { liveThroughRebalances, processMember } from '../support/group-scenario.ts'
import { clusterForFile, createTopic, storedBatches } from '../support/kafka-cluster.ts'
import { lockFileLines } from '../support/real-input.ts'

const cluster = clusterForFile()

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
  testWith(kafkaPythonClient, `records compressed with ${codec} are stored so and come back as they were`, async () => {
    const topic = cluster.uniqueName(codec)
    await createTopic(cluster.brokers, topic)
    const lines = lockFileLines(1000)
    expect(await produce(topic, lines, codec)).toEqual({ delivered: lines.length })
    expect(new Set((await storedBatches(cluster.brokers, topic)).map(batch => batch.codec))).toEqual(new Set([codec]))
    expect(await consume(topic, lines.length)).toEqual(lines)
  })

testWith(kafkaPythonClient, 'three members share a topic, take over from one another and lose nothing', () =>
  liveThroughRebalances({
    cluster,
    startMember: async ({ brokers, topic, group }, events) =>
      processMember(startPython('kafka_python_member.py', [brokers, topic, group]), events),
    produce: async ({ topic }, values) => void (await produce(topic, values, 'none')),
  }),
)
