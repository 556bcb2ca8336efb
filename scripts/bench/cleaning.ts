import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { CalmRuns } from './calm.ts'
import { createTopics } from './create-topic.ts'
import { cpuSeconds, startNode, writtenBytes } from './node-process.ts'
import { runLoad } from './produce.ts'
import type { ProduceLoad } from './produce-load.ts'
import { markdownTable, median } from './table.ts'

const MiB = 1024 * 1024
const partitions = 16
/** What there is to compact when the measurement begins: more than can be compacted while it lasts. */
const compactedBytes = 512 * MiB
/** Until retention has as much to remove as comes: it begins when the limit is passed, and at its next interval. */
const warmMs = 2500

const cases = {
  nothing: {},
  retention: { 'log.retention.bytes': `${16 * MiB}`, 'log.retention.check.interval.ms': '1000' },
  compaction: { 'log.cleaner.backoff.ms': '1', 'log.cleaner.min.cleanable.ratio': '0.01' },
} as const
type Case = keyof typeof cases

interface Cost {
  readonly megabytesPerSecond: number
  /** Of the node, for each GB acknowledged: steadier than the rate where others share the machine. */
  readonly processorSecondsPerGigabyte: number
  /** Bytes to the disk for each byte acknowledged. */
  readonly amplification: number
}

/** What taking away old records costs those who write new ones. */
export async function cleaningTable(options: {
  directory: string
  runs: number
  seconds: number
  calm: CalmRuns
}): Promise<string> {
  const runs = await options.calm.runs(options.runs, async () => ({
    nothing: await cost('nothing', options),
    retention: await cost('retention', options),
    compaction: await cost('compaction', options),
  }))
  const middle = (of: (run: Record<Case, Cost>) => number): string => median(runs.map(of)).toFixed(2)
  return markdownTable(
    ['produce, 16 KiB batches', 'MB/s', 'of that without (>= 0.9)', 'processor s/GB', 'written/acked'],
    (Object.keys(cases) as Case[]).map(name => [
      name === 'nothing' ? 'alone' : `while ${name} goes on`,
      Number(middle(run => run[name].megabytesPerSecond)).toFixed(0),
      middle(run => run[name].megabytesPerSecond / run.nothing.megabytesPerSecond),
      middle(run => run[name].processorSecondsPerGigabyte),
      middle(run => run[name].amplification),
    ]),
  )
}

async function cost(name: Case, options: { directory: string; seconds: number }): Promise<Cost> {
  const directory = mkdtempSync(path.join(options.directory, 'cleaning-'))
  try {
    if (name === 'compaction') await fillCompacted(directory)
    const node = await startNode({ directory, durability: 'fsync', settings: cases[name] })
    try {
      await createTopics(node, [{ name: 'load', partitions }])
      const load = loadOf(node, { topic: 'load', measuredMs: options.seconds * 1000 })
      const now = () => ({ seconds: cpuSeconds(node.pid), bytes: writtenBytes(node.pid) })
      let before = now()
      const { megabytesPerSecond, acknowledgedBytes } = await runLoad(load, () => {
        before = now()
      })
      const after = now()
      return {
        megabytesPerSecond,
        processorSecondsPerGigabyte: ((after.seconds - before.seconds) * 1e9) / acknowledgedBytes,
        amplification: (after.bytes - before.bytes) / acknowledgedBytes,
      }
    } finally {
      await node.close()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function fillCompacted(directory: string): Promise<void> {
  const settings = { 'log.cleaner.enable': 'false' }
  const node = await startNode({ directory, durability: 'os', settings })
  try {
    const configs = { 'cleanup.policy': 'compact' }
    await createTopics(node, [{ name: 'compacted', partitions, configs }])
    const load = loadOf(node, { topic: 'compacted', measuredMs: 1000, keyed: true })
    for (let bytes = 0; bytes < compactedBytes; ) bytes += (await runLoad(load, () => {})).acknowledgedBytes
  } finally {
    await node.close()
  }
}

function loadOf(
  { host, port }: { readonly host: string; readonly port: number },
  options: Pick<ProduceLoad, 'topic' | 'measuredMs' | 'keyed'>,
): ProduceLoad {
  const size = { batchBytes: 16 * 1024, recordBytes: 100, connections: 4, inFlight: 10 }
  return { host, port, partitions, warmMs, ...size, ...options }
}
