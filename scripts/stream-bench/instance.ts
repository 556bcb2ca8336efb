// One process that runs a workload, or the raw loop of a client that does the same by hand. Started by stream-bench.ts with
// its orders as JSON; prints what it found as JSON.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { boundHeapGrowth } from '../../src/base/heap.ts'
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

interface Orders {
  readonly address: string
  readonly state: string
  readonly workload: string
  readonly intervalMs: number
  readonly records: number
  readonly mode: 'throughput' | 'restore' | 'latency'
  readonly memoryMebibytes: number
}

const orders = JSON.parse(process.argv[2]!) as Orders
const { workload, intervalMs, records } = orders
const env = systemEnv()
const cluster = new Cluster({ env, brokers: parseBrokerList(orders.address) })
const lookEveryMs = 10

/** How far it was when. */
interface Mark {
  readonly count: number
  readonly atMs: number
  readonly cpuSeconds: number
}

let first: Mark | undefined
let last: Mark | undefined

/** What happens before it has `begun` is start, not speed. */
function note(count: number, hasBegun = count > 0): void {
  const { user, system } = process.cpuUsage()
  last = { count, atMs: performance.now(), cpuSeconds: (user + system) / 1e6 }
  if (hasBegun) first ??= last
}

function report(commitMs: number): never {
  if (!first || !last) throw new Error('nothing was processed')
  const count = last.count - first.count
  const answer = {
    perSecond: (count * 1_000) / (last.atMs - first.atMs),
    cpuSeconds: ((last.cpuSeconds - first.cpuSeconds) * 1e6) / count,
    peakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024,
    commitMs,
  }
  process.stdout.write(JSON.stringify(answer))
  process.exit(0)
}

if (workload === 'raw') await raw()
else await stream()

/** Consume, parse, write, produce, commit in transactions: what q0 does, with nothing of the runtime. */
async function raw(): Promise<never> {
  const topic = await findTopic(cluster, 'bids')
  const reader = new Reader(cluster.sibling())
  const producer = new TransactionalProducer(cluster.sibling(), { transactionalId: 'raw', lingerMs: 20 })
  const writer = await producer.topic('out')
  for (const { partition } of topic.partitions) {
    reader.add({ topic: 'bids', topicId: topic.topicId, partition, offset: 0, endOffset: Number.POSITIVE_INFINITY })
  }
  let count = 0
  let position = 0
  let commits = 0
  let committingMs = 0
  let openedAt = performance.now()
  await producer.begin()
  const commit = async (): Promise<void> => {
    const begunMs = performance.now()
    const flushed = producer.flush()
    await producer.sendOffsets([{ topic: 'bids', partition: 0, offset: position }], { group: 'raw' })
    await flushed
    await producer.commit()
    committingMs += performance.now() - begunMs
    commits++
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
    if (performance.now() - openedAt >= intervalMs || count >= records) await commit()
    if (count >= records) reader.stop()
  })
  report(committingMs / commits)
}

async function stream(): Promise<void> {
  boundHeapGrowth()
  const application = workloads[workload]!.topology() as unknown as Application
  await prepareTopics(cluster, application)
  const state = takeStateDirectory(orders.state, application.name, env.random)
  const thread = new LocalThread({
    env,
    application,
    openCluster: () => cluster.sibling(),
    process: state.process,
    thread: 0,
    endpoint: '',
    directory: path.join(state.directory, 'tasks'),
    processing: 'exactly-once',
    commitIntervalMs: intervalMs,
    stateBytesMax: orders.memoryMebibytes * 2 ** 20,
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
    const { records: processed, restoredRecords, phase, commits, commitSeconds } = await thread.report()
    if (orders.mode === 'restore') {
      note(restoredRecords, phase === 'restoring')
      if (phase !== 'running' || restoredRecords === 0) return
    } else {
      note(processed)
      if (processed < records) return
    }
    clearInterval(timer)
    thread.stop()
    await running
    report((commitSeconds * 1_000) / Math.max(1, commits))
  }, lookEveryMs)
  await running
}
