import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { CalmRuns } from './calm.ts'
import { createTopics } from './create-topic.ts'
import { type NodeProcess, startNode } from './node-process.ts'
import { runLoad } from './produce.ts'
import type { ProduceLoad } from './produce-load.ts'
import { runProgram } from './run-program.ts'
import type { ScanFigures, ScanLoad } from './scan-load.ts'
import { markdownTable, median } from './table.ts'

const MiB = 1024 * 1024
const partitions = 16
/** About what the scan reads: more than the cache of newest batches holds. */
const filledBytes = 1024 * MiB

interface Run {
  readonly raw: number
  readonly cold: number
  readonly warm: number
  readonly alone: number
  readonly beside: number
  readonly scanBeside: number
}

/** A consumer that reads everything from the start, from the disk, against the bare disk; and what it costs producers. */
export async function scanTable(options: {
  directory: string
  runs: number
  seconds: number
  calm: CalmRuns
}): Promise<string> {
  const runs = await options.calm.runs(options.runs, () => measure(options))
  const middle = (of: (run: Run) => number): number => median(runs.map(of))
  return markdownTable(
    [
      'scan from the start',
      'raw read MB/s',
      'cold MB/s',
      'of raw (>= 0.5)',
      'from the page cache MB/s',
      'produce alone MB/s',
      'beside a scan MB/s',
      'ratio (>= 0.8)',
      'the scan MB/s',
    ],
    [
      [
        `${filledBytes / MiB} MiB, ${partitions} partitions`,
        middle(run => run.raw).toFixed(0),
        middle(run => run.cold).toFixed(0),
        middle(run => run.cold / run.raw).toFixed(2),
        middle(run => run.warm).toFixed(0),
        middle(run => run.alone).toFixed(0),
        middle(run => run.beside).toFixed(0),
        middle(run => run.beside / run.alone).toFixed(2),
        middle(run => run.scanBeside).toFixed(0),
      ],
    ],
  )
}

async function measure(options: { directory: string; seconds: number }): Promise<Run> {
  const directory = mkdtempSync(path.join(options.directory, 'scan-'))
  try {
    await fill(directory)
    dropPageCache()
    const raw = rawRead(path.join(directory, 'streamctl.db'))
    dropPageCache()
    const node = await startNode({ directory, durability: 'fsync', settings: {} })
    try {
      const cold = await scan(node)
      const warm = await scan(node)
      await createTopics(node, [{ name: 'other', partitions }])
      const alone = await produce(node, options.seconds)
      const [beside, scanBeside] = await besideScan(node, options.seconds)
      return { raw, cold, warm, alone, beside, scanBeside }
    } finally {
      await node.close()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function fill(directory: string): Promise<void> {
  const node = await startNode({ directory, durability: 'os', settings: {} })
  try {
    await createTopics(node, [{ name: 'load', partitions }])
    for (let bytes = 0; bytes < filledBytes; ) bytes += (await load(node, 'load', 1)).acknowledgedBytes
  } finally {
    await node.close()
  }
}

async function produce(node: NodeProcess, seconds: number): Promise<number> {
  return (await load(node, 'other', seconds)).megabytesPerSecond
}

/** Scans again and again while producers write to another topic. */
async function besideScan(node: NodeProcess, seconds: number): Promise<readonly [produce: number, scan: number]> {
  let ended = false
  const rates: number[] = []
  const scanning = (async () => {
    while (!ended) {
      dropPageCache()
      rates.push(await scan(node))
    }
  })()
  const rate = await produce(node, seconds)
  ended = true
  await scanning
  return [rate, median(rates)]
}

async function scan({ host, port }: NodeProcess): Promise<number> {
  const options: ScanLoad = { host, port, topic: 'load', partitions }
  const { megabytesPerSecond } = await runProgram<ScanFigures>('scan-load.ts', options)
  return megabytesPerSecond
}

function load({ host, port }: NodeProcess, topic: string, seconds: number) {
  const options: ProduceLoad = {
    host,
    port,
    topic,
    partitions,
    batchBytes: 16 * 1024,
    recordBytes: 100,
    connections: 4,
    inFlight: 10,
    warmMs: 500,
    measuredMs: seconds * 1000,
  }
  return runLoad(options, () => {})
}

/** The whole file in order, in pieces of 1 MiB. */
function rawRead(file: string): number {
  const piece = Buffer.alloc(MiB)
  const descriptor = openSync(file, 'r')
  try {
    const startMs = performance.now()
    let bytes = 0
    for (let read = -1; read !== 0; bytes += read) read = readSync(descriptor, piece, 0, piece.length, bytes)
    return bytes / 1e3 / (performance.now() - startMs)
  } finally {
    closeSync(descriptor)
  }
}

/** Only root may; without it the figures are those of the page cache, and the first of them says so. */
function dropPageCache(): void {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1')
  } catch {
    process.stderr.write('the page cache cannot be emptied without root: nothing is cold\n')
  }
}
