// kcat 1.7 of Debian (librdkafka 2.0), unchanged, as people type it.
import { readFileSync } from 'node:fs'
import { beforeAll, expect } from 'vitest'
import { kcat, kcatClient, startKcat, testWith } from '../support/clients.ts'
import { liveThroughRebalances, type Member, type MemberEvents } from '../support/group-scenario.ts'
import { clusterForFile, createTopic, storedCodecs } from '../support/kafka-cluster.ts'
import type { Finished, RunningProcess, StartOptions } from '../support/processes.ts'
import { lockFile, lockFileLines } from '../support/real-input.ts'

const cluster = clusterForFile()

async function runKcat(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  const result = await kcat(['-b', cluster.brokers, ...args], options)
  expect({ exitCode: result.exitCode, stderr: result.stderr }).toMatchObject({ exitCode: 0 })
  return result
}

const produce = (topic: string, input: string, ...flags: string[]): Promise<Finished> =>
  runKcat(['-P', '-t', topic, ...flags], { input })

/** What kcat prints for `flags`, reading `topic` to its end. */
const consume = async (topic: string, ...flags: string[]): Promise<string> =>
  (await runKcat(['-C', '-q', '-e', '-t', topic, ...flags])).stdout.toString()

/** A topic of ten records 'r0' to 'r9' for all tests that only read. */
let ten = ''
beforeAll(async () => {
  if (kcatClient.missing) return
  ten = cluster.uniqueName('ten')
  await createTopic(cluster.brokers, ten)
  await produce(ten, tenLines(0))
})

const tenLines = (from: number): string =>
  Array.from({ length: 10 }, (_, i) => `r${i}\n`)
    .slice(from)
    .join('')

testWith(kcatClient, '-L lists the broker, the topics and their partitions', async () => {
  const topic = cluster.uniqueName('listed')
  await createTopic(cluster.brokers, topic, { partitions: 3 })
  const { stdout } = await runKcat(['-L'])
  expect(stdout.toString()).toMatch(/^ 1 brokers:\n {2}broker \d+ at \S+:\d+ \(controller\)$/m)
  expect(stdout.toString()).toContain(`topic "${topic}" with 3 partitions:\n    partition 0, leader`)
})

testWith(kcatClient, '-L -J describes a topic as JSON', async () => {
  const description = JSON.parse((await runKcat(['-L', '-J', '-t', ten])).stdout.toString())
  expect(description.brokers).toEqual([{ id: description.controllerid, name: cluster.brokers }])
  const replica = [{ id: description.controllerid }]
  const partition = { partition: 0, leader: description.controllerid, replicas: replica, isrs: replica }
  expect(description.topics).toEqual([{ topic: ten, partitions: [partition] }])
})

testWith(kcatClient, 'a topic that does not exist is created by the first record for it', async () => {
  const topic = cluster.uniqueName('new')
  await produce(topic, 'first\n')
  expect(await consume(topic, '-o', 'beginning')).toBe('first\n')
})

for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  testWith(kcatClient, `a file sent line by line with -z ${codec} comes back byte for byte`, async () => {
    const topic = cluster.uniqueName(codec)
    await createTopic(cluster.brokers, topic)
    await runKcat(['-P', '-t', topic, '-z', codec, '-l', lockFile])
    expect(await consume(topic, '-o', 'beginning')).toBe(readFileSync(lockFile, 'utf8'))
    expect(await storedCodecs(cluster.brokers, topic)).toContain(codec)
  })

testWith(kcatClient, 'a whole file is one record', async () => {
  const topic = cluster.uniqueName('whole')
  await createTopic(cluster.brokers, topic)
  await runKcat(['-P', '-t', topic, lockFile])
  expect(await consume(topic, '-o', 'beginning', '-D', '')).toBe(readFileSync(lockFile, 'utf8'))
})

testWith(kcatClient, 'keys, headers, empty and null values survive', async () => {
  const topic = cluster.uniqueName('parts')
  await createTopic(cluster.brokers, topic)
  await produce(topic, 'k1:v1\nk2:\n', '-K', ':', '-Z', '-H', 'trace=abc', '-H', 'empty=')
  await produce(topic, 'k3:\n', '-K', ':')
  const envelopes = (await consume(topic, '-o', 'beginning', '-J'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const headers = ['trace', 'abc', 'empty', '']
  expect(envelopes).toMatchObject([
    { topic, partition: 0, offset: 0, tstype: 'create', key: 'k1', payload: 'v1', headers },
    { offset: 1, key: 'k2', payload: null, headers },
    { offset: 2, key: 'k3', payload: '' },
  ])
  expect(Math.abs(Date.now() - envelopes[0].ts)).toBeLessThan(60_000)
})

testWith(kcatClient, 'times are the broker’s with message.timestamp.type=LogAppendTime', async () => {
  const topic = cluster.uniqueName('append-time')
  await createTopic(cluster.brokers, topic, { settings: { 'message.timestamp.type': 'LogAppendTime' } })
  await produce(topic, 'a\nb\n')
  const lines = (await consume(topic, '-o', 'beginning', '-J')).trim().split('\n')
  for (const { tstype, ts } of lines.map(line => JSON.parse(line))) {
    expect(tstype).toBe('logappend')
    expect(Math.abs(Date.now() - ts)).toBeLessThan(60_000)
  }
})

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed'])
  testWith(kcatClient, `a topic with compression.type=${codec} stores batches so, however they come`, async () => {
    const topic = cluster.uniqueName(codec)
    await createTopic(cluster.brokers, topic, { settings: { 'compression.type': codec } })
    for (const sent of ['none', 'gzip', 'zstd']) await runKcat(['-P', '-t', topic, '-z', sent, '-l', lockFile])
    expect(await storedCodecs(cluster.brokers, topic)).toEqual([codec === 'uncompressed' ? 'none' : codec])
    expect(await consume(topic, '-o', 'beginning')).toBe(readFileSync(lockFile, 'utf8').repeat(3))
  })

testWith(kcatClient, '-p writes to and reads from that partition alone', async () => {
  const topic = cluster.uniqueName('partitions')
  await createTopic(cluster.brokers, topic, { partitions: 3 })
  for (const partition of ['0', '1', '2']) await produce(topic, `p${partition}\n`, '-p', partition)
  expect(await consume(topic, '-p', '1', '-o', 'beginning')).toBe('p1\n')
  expect((await consume(topic, '-o', 'beginning')).trim().split('\n').sort()).toEqual(['p0', 'p1', 'p2'])
})

testWith(kcatClient, '-o takes beginning, an offset, an offset from the end, and a time', async () => {
  expect(await consume(ten, '-o', 'beginning')).toBe(tenLines(0))
  expect(await consume(ten, '-o', '7')).toBe(tenLines(7))
  expect(await consume(ten, '-o', '-2')).toBe(tenLines(8))
  expect(await consume(ten, '-o', 'end')).toBe('')
  expect(await consume(ten, '-o', 's@0')).toBe(tenLines(0))
  expect(await consume(ten, '-o', 'beginning', '-c', '3')).toBe('r0\nr1\nr2\n')
})

testWith(kcatClient, 'an offset beyond the end is out of range, and kcat goes on from the end', async () => {
  const result = await runKcat(['-C', '-e', '-t', ten, '-o', '99'])
  expect(result.stdout.toString()).toBe('')
  expect(result.stderr).toContain('Offset out of range')
})

testWith(kcatClient, '-Q finds offsets by time', async () => {
  const topic = cluster.uniqueName('times')
  await createTopic(cluster.brokers, topic)
  for (const line of ['a\n', 'b\n', 'c\n']) await produce(topic, line)
  const times = (await consume(topic, '-o', 'beginning', '-f', '%T\n')).trim().split('\n').map(Number)
  const query = async (time: number): Promise<string> =>
    (await runKcat(['-Q', '-t', `${topic}:0:${time}`])).stdout.toString().trim()
  expect(await query(0)).toBe(`${topic} [0] offset 0`)
  expect(await query(times[1]!)).toBe(`${topic} [0] offset 1`)
  expect(await query(times[1]! + 1)).toBe(`${topic} [0] offset 2`)
  expect(await query(times[2]! + 1)).toBe(`${topic} [0] offset -1`)
  expect(await query(-2)).toBe(`${topic} [0] offset 0`)
  expect(await query(-1)).toBe(`${topic} [0] offset 3`)
})

testWith(kcatClient, 'a consumer that waits at the end gets a record as soon as it is produced', async () => {
  const topic = cluster.uniqueName('live')
  await createTopic(cluster.brokers, topic)
  const consumer = startKcat(['-b', cluster.brokers, '-C', '-u', '-t', topic, '-o', 'beginning'])
  await consumer.line('stderr', /Reached end of topic/)
  await produce(topic, 'now\n')
  await consumer.line('stdout', /^now$/)
  consumer.signal('SIGTERM')
  await consumer.finished
})

testWith(kcatClient, 'a group resumes from its committed offsets', async () => {
  const topic = cluster.uniqueName('resume')
  const group = cluster.uniqueName('g')
  await createTopic(cluster.brokers, topic)
  const lines = lockFileLines(100)
  const text = (from: number, to: number): string => `${lines.slice(from, to).join('\n')}\n`
  const asGroup = async (...flags: string[]): Promise<string> => {
    const settings = ['-q', '-X', 'auto.offset.reset=earliest', ...flags]
    return (await runKcat([...settings, '-G', group, topic])).stdout.toString()
  }
  await produce(topic, text(0, 60))
  expect(await asGroup('-e')).toBe(text(0, 60))
  await produce(topic, text(60, 100))
  expect(await asGroup('-e')).toBe(text(60, 100))
})

testWith(kcatClient, 'three members share a topic, take over from one another and lose nothing', () =>
  liveThroughRebalances({
    cluster,
    startMember: async ({ brokers, topic, group }, events) => {
      const settings = ['auto.offset.reset=earliest', 'heartbeat.interval.ms=300', 'session.timeout.ms=6000']
      const flags = settings.flatMap(setting => ['-X', setting])
      return kcatMember(startKcat(['-b', brokers, ...flags, '-J', '-u', '-G', group, topic]), events)
    },
    produce: async ({ topic }, values) =>
      void (await produce(topic, values.map(v => `${v}:${v}\n`).join(''), '-K', ':')),
  }),
)

function kcatMember(child: RunningProcess, events: MemberEvents): Member {
  child.onLine('stderr', line => {
    if (!line.includes('rebalanced')) return
    const assigned = line.includes('revoked') ? [] : [...line.matchAll(/\[(\d+)\]/g)].map(match => Number(match[1]))
    events.assigned(assigned)
  })
  child.onLine('stdout', line => {
    const { partition, offset, payload } = JSON.parse(line)
    events.received({ partition, offset, value: payload })
  })
  return {
    async leave() {
      child.signal('SIGTERM')
      await child.finished
    },
  }
}

testWith(kcatClient, 'a record that is too large is refused as such', async () => {
  const topic = cluster.uniqueName('large')
  await createTopic(cluster.brokers, topic, { settings: { 'max.message.bytes': '1000' } })
  const fits = await kcat(['-b', cluster.brokers, '-P', '-t', topic], { input: `${'x'.repeat(800)}\n` })
  expect(fits.exitCode).toBe(0)
  const large = await kcat(['-b', cluster.brokers, '-P', '-t', topic], { input: `${'x'.repeat(1200)}\n` })
  expect(large).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Broker: Message size too large') })
})

testWith(kcatClient, 'a topic name that is not allowed is refused as such', async () => {
  const result = await kcat(['-b', cluster.brokers, '-P', '-t', 'not allowed'], { input: 'x\n' })
  expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Broker: Invalid topic') })
})

testWith(kcatClient, 'a topic that must not be created is unknown to its reader', async () => {
  const args = ['-b', cluster.brokers, '-C', '-e', '-t', cluster.uniqueName('none')]
  const result = await kcat([...args, '-X', 'allow.auto.create.topics=false'])
  expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Broker: Unknown topic or partition') })
})
