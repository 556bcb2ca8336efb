// npm run bench:streams -- [--only raw,q0,count,join,session] [--records N] [--interval MS] [--runs N] [--partitions N]
// Runs scripts through a node of our own, with exactly-once, and prints events per second (medians). `raw` is a client by
// hand that consumes, parses, writes, produces and commits in transactions. Data goes below build/, on the checkout's disk.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { systemEnv } from '../src/base/system-env.ts'
import { Cluster } from '../src/client/cluster.ts'
import { Producer } from '../src/client/producer.ts'
import { createTopic } from '../src/client/topic-admin.ts'
import { startNode } from './bench/node-process.ts'
import { median } from './bench/table.ts'
import { root } from './bundle.ts'
import { bidAt, workloads } from './stream-bench/workloads.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'raw,q0,count,join,session' },
    records: { type: 'string', default: '500000' },
    interval: { type: 'string', default: '100' },
    runs: { type: 'string', default: '3' },
    partitions: { type: 'string', default: '2' },
    profile: { type: 'boolean', default: false },
  },
})
const run = promisify(execFile)
const records = Number(options.records)
const partitions = Number(options.partitions)
const names = options.only.split(',')
const found = new Map<string, number[]>()
mkdirSync(path.join(root, 'build', 'bench'), { recursive: true })

for (let round = 0; round < Number(options.runs); round++) {
  for (const name of names) {
    const perSecond = await measure(name)
    found.set(name, [...(found.get(name) ?? []), perSecond])
    process.stderr.write(`${name}: ${Math.round(perSecond)} events/s\n`)
  }
}
const raw = found.get('raw')
for (const [name, all] of found) {
  const ratio = raw && name === 'q0' ? ` (${(median(all) / median(raw)).toFixed(2)} of the raw loop)` : ''
  process.stdout.write(`${name}\t${Math.round(median(all))} events/s${ratio}\n`)
}

async function measure(name: string): Promise<number> {
  const directory = mkdtempSync(path.join(root, 'build', 'bench', 'streams-'))
  const node = await startNode({ directory: path.join(directory, 'data'), durability: 'fsync', settings: {} })
  try {
    const cluster = new Cluster({ env: systemEnv(), brokers: [{ host: node.host, port: node.port }] })
    const joins = workloads[name]?.joins ?? false
    await fill(cluster, joins ? ['bids', 'others'] : ['bids'])
    await createTopic(cluster, { name: 'out', partitions, replicas: 1 })
    cluster.close()
    const script = path.join(root, 'scripts', 'stream-bench', 'instance.ts')
    const flags = options.profile
      ? ['--cpu-prof', `--cpu-prof-dir=${path.join(root, 'build', 'bench', 'profile')}`]
      : []
    const args = [...flags, script, `${node.host}:${node.port}`, path.join(directory, 'state'), name, options.interval]
    const { stdout, stderr } = await run(process.execPath, [...args, String(records)])
    process.stderr.write(stderr)
    process.stderr.write(stdout)
    return JSON.parse(stdout).perSecond
  } finally {
    await node.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function fill(cluster: Cluster, topics: readonly string[]): Promise<void> {
  const producer = new Producer(cluster, { lingerMs: 50 })
  for (const name of topics) await createTopic(cluster, { name, partitions, replicas: 1 })
  const writers = await Promise.all(topics.map(name => producer.topic(name)))
  for (let number = 0; number < records; number++) {
    const bid = bidAt(number)
    const [key, value] = [Buffer.from(String(bid.auction)), Buffer.from(JSON.stringify(bid))]
    writers[number % writers.length]!.append(bid.dateTime, key, 0, key.length, value, 0, value.length, [])
    if (producer.isFull) await producer.room()
  }
  await producer.flush()
  producer.close()
}
