import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { cpuSeconds, forgetPeak, peakBytes, writtenBytes } from '../node-process.ts'
import { startNats } from '../peers/nats.ts'
import type { PeerProcess } from '../peers/peer-process.ts'
import { startRedis } from '../peers/redis.ts'
import type { WriteFigures, WriteLoad } from '../peers/write-load.ts'
import { rawBandwidth } from '../raw-disk.ts'
import { runProgram } from '../run-program.ts'
import { columns, KiB, type LoadFigures, MiB, produce, warmMs } from './load.ts'
import type { Context, Figures, Question, Row } from './question.ts'
import { kafkaServers, oursCached, oursDurable, type Promised, withServer } from './server.ts'

interface Case {
  readonly name: string
  readonly valueBytes: number
  /** Of servers that take batches: their size, about. */
  readonly batchBytes: number
  readonly connections: number
  readonly batchesInFlight: number
}

/** As many records are under way with every server: singly where there are no batches. */
const cases: readonly Case[] = [
  { name: '16 KiB', valueBytes: 16 * KiB, batchBytes: 17 * KiB, connections: 8, batchesInFlight: 5 },
  { name: '100 bytes', valueBytes: 100, batchBytes: 16 * KiB, connections: 8, batchesInFlight: 5 },
]

interface Writer {
  readonly name: string
  readonly promised: Promised
  readonly protocol: WriteLoad['protocol']
  start(directory: string, environment: NodeJS.ProcessEnv): Promise<PeerProcess | string>
}

const writers: readonly Writer[] = [
  {
    name: 'redis-server, appendfsync always',
    promised: 'on disk',
    protocol: 'redis',
    start: (directory, environment) => startRedis(directory, environment, 'always'),
  },
  {
    name: 'redis-server, appendfsync everysec',
    promised: 'on disk within 1 s',
    protocol: 'redis',
    start: (directory, environment) => startRedis(directory, environment, 'everysec'),
  },
  {
    name: 'JetStream, sync_interval always',
    promised: 'on disk',
    protocol: 'nats',
    start: (directory, environment) => startNats(directory, environment, 'always'),
  },
  {
    name: 'JetStream, default',
    promised: 'page cache',
    protocol: 'nats',
    start: (directory, environment) => startNats(directory, environment, 'default'),
  },
]

export const peers: Question = {
  name: 'peers',
  title: 'Beside other servers',
  text: `Values of one size, as fast as each server takes them, from one client process. What speaks the Kafka protocol (streamctl, Apache Kafka, klite)
gets the very same ready-made requests: batches of one value of 16 KiB or of 16 KiB of 100-byte values, 8 connections with five requests under way on
each. Redis streams take XADD and JetStream a message for each value, pipelined, with as many values under way. \`acknowledged is\` says what survives
when the power goes. The two ratios are this server's rate as a divisor of ours with fsync and of ours with \`--durability os\`: the first is fair to a server that promises
the disk, and a handicap to ours against one that does not. Goals: 1.0 against Redis with appendfsync always
at 16 KiB, 5 at 100 bytes; 1.0 against Apache Kafka's default; 10 against flush.messages=1. The client is one process in
Node: at 100-byte values singly it may be what limits Redis and NATS; \`processors\` says how busy the server was (1.0 is all that Redis can use).`,
  labels: ['value', 'server', 'acknowledged is'],
  columns: [
    columns.megabytes,
    columns.records,
    { key: 'fsyncRatio', heading: 'ours fsync / this', digits: 2 },
    { key: 'osRatio', heading: 'ours os / this', digits: 2 },
    columns.p50,
    columns.p99,
    columns.amplification,
    columns.processors,
    { key: 'peak', heading: 'peak MB' },
  ],
  async *measure(context) {
    for (const one of cases) yield* caseRows(context, one)
  },
}

async function* caseRows(context: Context, one: Case): AsyncGenerator<Row, void, void> {
  const raw = rawBandwidth({
    directory: context.directory,
    blockBytes: one.batchBytes,
    mode: 'overwrite',
    totalBytes: 64 * MiB,
  })
  yield { labels: [one.name, 'raw write+fsync, one after the other', 'on disk'], figures: { megabytes: raw } }
  const rates: { fsync?: number; os?: number } = {}
  const row = (name: string, promised: Promised, figures: Figures): Row => ({
    labels: [one.name, name, promised],
    figures: typeof figures === 'string' ? figures : { ...figures, ...ratios(rates, figures.records) },
  })
  for (const kind of kafkaServers) {
    const figures = await context.calm.run(() =>
      withServer(kind, context, [{ name: 'load', partitions: 16 }], server => produce(server, context, loadOf(one))),
    )
    if (typeof figures !== 'string' && kind === oursDurable) rates.fsync = figures.records
    if (typeof figures !== 'string' && kind === oursCached) rates.os = figures.records
    yield row(kind.name, kind.promised, figures)
  }
  for (const writer of writers)
    yield row(writer.name, writer.promised, await context.calm.run(() => written(context, writer, one)))
}

function ratios(rates: { fsync?: number; os?: number }, theirs: number | undefined) {
  const over = (ours: number | undefined) => (ours === undefined || !theirs ? undefined : ours / theirs)
  return { fsyncRatio: over(rates.fsync), osRatio: over(rates.os) }
}

function loadOf({ valueBytes, batchBytes, connections, batchesInFlight }: Case) {
  const size = { topic: 'load', partitions: 16, batchBytes, recordBytes: valueBytes }
  return { ...size, connections, inFlight: batchesInFlight }
}

async function written(context: Context, writer: Writer, one: Case): Promise<Figures> {
  const directory = path.join(mkdtempSync(path.join(context.directory, 'peer-')), 'data')
  mkdirSync(directory)
  try {
    const server = await writer.start(directory, context.environment)
    if (typeof server === 'string') return server
    try {
      return await load(context, server, writer.protocol, one)
    } finally {
      await server.close()
    }
  } catch (error) {
    return `failed: ${(error as Error).message}`
  } finally {
    rmSync(path.dirname(directory), { recursive: true, force: true })
  }
}

async function load(
  context: Context,
  server: PeerProcess,
  protocol: WriteLoad['protocol'],
  { valueBytes, batchBytes, connections, batchesInFlight }: Case,
): Promise<Partial<LoadFigures>> {
  const options: WriteLoad = {
    protocol,
    host: server.host,
    port: server.port,
    valueBytes,
    connections,
    inFlight: batchesInFlight * Math.max(1, Math.floor(batchBytes / (valueBytes + 8))),
    warmMs,
    measuredMs: context.seconds * 1000,
  }
  let before = { cpu: 0, written: 0 }
  const figures = await runProgram<WriteFigures>('peers/write-load.ts', options, () => {
    forgetPeak(server.pid)
    before = { cpu: cpuSeconds(server.pid), written: writtenBytes(server.pid) }
  })
  return {
    megabytes: figures.megabytesPerSecond,
    records: figures.recordsPerSecond / 1e3,
    p50: figures.p50 / 1e3,
    p99: figures.p99 / 1e3,
    amplification: (writtenBytes(server.pid) - before.written) / figures.acknowledgedBytes,
    processors: (cpuSeconds(server.pid) - before.cpu) / context.seconds,
    peak: peakBytes(server.pid) / 1e6,
  }
}
