// One process that runs a workload, or the raw loop of a client that does the same by hand. Started by stream-bench.ts.
// node instance.ts HOST:PORT STATE WORKLOAD COMMIT-INTERVAL-MS RECORDS
import path from 'node:path'
import { systemEnv } from '../../src/base/system-env.ts'
import { parseBrokerList } from '../../src/client/address.ts'
import { Cluster } from '../../src/client/cluster.ts'
import { forEachFetched } from '../../src/client/fetched-records.ts'
import { findTopic } from '../../src/client/list-offsets.ts'
import { Reader } from '../../src/client/reader.ts'
import { TransactionalProducer } from '../../src/client/transactional-producer.ts'
import { LocalThread } from '../../src/streams/runtime/local-thread.ts'
import { prepareTopics } from '../../src/streams/runtime/prepare-topics.ts'
import { takeStateDirectory } from '../../src/streams/runtime/state-directory.ts'
import type { Application } from '../../src/streams/topology/application.ts'
import { workloads } from './workloads.ts'

const [address = '', base = '', workload = '', interval = '100', records = '0'] = process.argv.slice(2)
const env = systemEnv()
const cluster = new Cluster({ env, brokers: parseBrokerList(address) })
// What goes through a repartition topic is processed twice.
const wanted = Number(records) * (workload === 'keys' ? 2 : 1)
const commitIntervalMs = Number(interval)

interface Measured {
  readonly processed: number
  readonly atMs: number
}

const marks: Measured[] = []
let begun: Measured | undefined

function note(processed: number): void {
  const now = { processed, atMs: performance.now() }
  if (processed > 0 && !begun) begun = now
  marks.push(now)
}

function report(extra: object = {}): void {
  const last = marks.at(-1)!
  const seconds = (last.atMs - begun!.atMs) / 1_000
  const perSecond = (last.processed - begun!.processed) / seconds
  process.stdout.write(
    `${JSON.stringify({ workload, perSecond, seconds, rss: process.memoryUsage().rss, ...extra })}\n`,
  )
}

if (workload === 'raw') await raw()
else await stream()
process.exit(0)

/** Consume, parse, write, produce, commit in transactions: what q0 does, with nothing of the runtime. */
async function raw(): Promise<void> {
  const topic = await findTopic(cluster, 'bids')
  const reader = new Reader(cluster.sibling())
  const producer = new TransactionalProducer(cluster.sibling(), { transactionalId: 'raw', lingerMs: 20 })
  const writer = await producer.topic('out')
  for (const { partition } of topic.partitions) {
    reader.add({ topic: 'bids', topicId: topic.topicId, partition, offset: 0, endOffset: Number.POSITIVE_INFINITY })
  }
  let count = 0
  let position = 0
  let openedAt = performance.now()
  await producer.begin()
  const commit = async (): Promise<void> => {
    const flushed = producer.flush()
    await producer.sendOffsets([{ topic: 'bids', partition: 0, offset: position }], { group: 'raw' })
    await flushed
    await producer.commit()
    note(count)
    await producer.begin()
    openedAt = performance.now()
  }
  await reader.run(async fetched => {
    forEachFetched(fetched, ({ key, value, timestamp }) => {
      const bytes = Buffer.from(JSON.stringify(JSON.parse(value!.toString())))
      writer.append(timestamp, key, 0, key!.length, bytes, 0, bytes.length, [])
      count++
    })
    position += 1
    if (producer.isFull) await producer.room()
    if (performance.now() - openedAt >= commitIntervalMs || count >= wanted) await commit()
    if (count >= wanted) reader.stop()
  })
  report()
}

async function stream(): Promise<void> {
  const application = workloads[workload]!.topology() as unknown as Application
  await prepareTopics(cluster, application)
  const state = takeStateDirectory(base, application.name, env.random)
  const thread = new LocalThread({
    env,
    application,
    openCluster: () => cluster.sibling(),
    process: state.process,
    thread: 0,
    endpoint: '',
    directory: path.join(state.directory, 'tasks'),
    processing: 'exactly-once',
    commitIntervalMs,
    stateBytesMax: Number(process.env.STATE_MB ?? 256) * 1024 * 1024,
    sessionTimeoutMs: 30_000,
    heartbeatMs: 1_000,
    onNotice: notice => process.stderr.write(`${notice}\n`),
  })
  const running = thread.run()
  running.catch(error => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  })
  const timer = setInterval(async () => {
    const { records: processed, phase, restoredRecords, ...rest } = await thread.report()
    if (process.env.VERBOSE) process.stderr.write(`${processed} ${phase} restored ${restoredRecords}\n`)
    note(processed)
    if (processed < wanted) return
    clearInterval(timer)
    thread.stop()
    const { latenciesMs } = rest
    await running
    const sorted = latenciesMs.toSorted((a, b) => a - b)
    report({ commitMs: sorted[sorted.length >> 1] })
    process.exit(0)
  }, 25)
  await running
}
