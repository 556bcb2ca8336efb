import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { CalmRuns } from './calm.ts'
import { createTopics } from './create-topic.ts'
import { startNode } from './node-process.ts'
import { runLoad } from './produce.ts'
import { markdownTable, median } from './table.ts'

const topics = 5_000
const partitionsPerTopic = 2
const topicsPerRequest = 250
const settings = {}

interface Figures {
  readonly startMs: number
  readonly bytesPerPartition: number
  readonly full: number
  readonly empty: number
}

/** What thousands of topics cost that nobody uses: at the start, in memory, and those who use another topic. */
export async function topicTable(options: {
  directory: string
  runs: number
  seconds: number
  calm: CalmRuns
}): Promise<string> {
  const runs = await options.calm.runs(options.runs, () => measure(options))
  const middle = (of: (run: Figures) => number): number => median(runs.map(of))
  return markdownTable(
    [
      'idle topics, partitions',
      'start ms (<= 2000)',
      'heap bytes per idle partition (< 1024)',
      'MB/s',
      'MB/s without them',
      'ratio (>= 0.9)',
    ],
    [
      [
        `${topics}, ${topics * partitionsPerTopic}`,
        middle(run => run.startMs).toFixed(0),
        middle(run => run.bytesPerPartition).toFixed(0),
        middle(run => run.full).toFixed(0),
        middle(run => run.empty).toFixed(0),
        middle(run => run.full / run.empty).toFixed(2),
      ],
    ],
  )
}

async function measure(options: { directory: string; seconds: number }): Promise<Figures> {
  const full = mkdtempSync(path.join(options.directory, 'topics-'))
  const empty = mkdtempSync(path.join(options.directory, 'topics-'))
  try {
    await fill(full)
    const { startMs, idleBytes, rate } = await startAndLoad(full, options.seconds)
    const alone = await startAndLoad(empty, options.seconds)
    return {
      startMs,
      bytesPerPartition: (idleBytes - alone.idleBytes) / (topics * partitionsPerTopic),
      full: rate,
      empty: alone.rate,
    }
  } finally {
    rmSync(full, { recursive: true, force: true })
    rmSync(empty, { recursive: true, force: true })
  }
}

async function fill(directory: string): Promise<void> {
  const node = await startNode({ directory, durability: 'fsync', settings })
  for (let at = 0; at < topics; at += topicsPerRequest) {
    const names = Array.from({ length: topicsPerRequest }, (_, index) => `idle-${at + index}`)
    await createTopics(
      node,
      names.map(name => ({ name, partitions: partitionsPerTopic })),
    )
  }
  await node.close()
}

async function startAndLoad(directory: string, seconds: number) {
  const begun = performance.now()
  const node = await startNode({ directory, durability: 'fsync', settings })
  const startMs = performance.now() - begun
  try {
    const { liveBytes: idleBytes } = await node.figures()
    await createTopics(node, [{ name: 'load', partitions: 16 }])
    const { megabytesPerSecond } = await runLoad(
      {
        host: node.host,
        port: node.port,
        topic: 'load',
        partitions: 16,
        batchBytes: 16 * 1024,
        recordBytes: 100,
        connections: 4,
        inFlight: 10,
        warmMs: 1000,
        measuredMs: seconds * 1000,
      },
      () => {},
    )
    return { startMs, idleBytes, rate: megabytesPerSecond }
  } finally {
    await node.close()
  }
}
