import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { type CalmRuns, isSteadyDisk } from './calm.ts'
import { createTopics } from './create-topic.ts'
import { cpuSeconds, startNode, writtenBytes } from './node-process.ts'
import type { ProduceFigures, ProduceLoad } from './produce-load.ts'
import { rawBandwidth } from './raw-disk.ts'
import { runProgram } from './run-program.ts'
import { markdownTable, median } from './table.ts'

interface Scenario {
  readonly name: string
  readonly batchBytes: number
  readonly connections: number
  readonly inFlight: number
  readonly durability: 'fsync' | 'os'
  /** The loop that the bandwidth is divided by, with the goal for the ratio. */
  readonly raw?: { readonly blockBytes: number; readonly mode: 'append' | 'overwrite'; readonly goal: number }
  readonly amplificationGoal?: number
}

const KiB = 1024
const MiB = 1024 * KiB

const scenarios: readonly Scenario[] = [
  {
    name: '16 KiB batches, 40 in flight',
    batchBytes: 16 * KiB,
    connections: 4,
    inFlight: 10,
    durability: 'fsync',
    raw: { blockBytes: 128 * KiB, mode: 'overwrite', goal: 0.33 },
    amplificationGoal: 2.5,
  },
  {
    name: '128 KiB batches, 40 in flight',
    batchBytes: 128 * KiB,
    connections: 4,
    inFlight: 10,
    durability: 'fsync',
    raw: { blockBytes: MiB, mode: 'append', goal: 0.5 },
  },
  { name: '16 KiB batches, 1 in flight', batchBytes: 16 * KiB, connections: 1, inFlight: 1, durability: 'fsync' },
  { name: '16 KiB batches, 40 in flight, os', batchBytes: 16 * KiB, connections: 4, inFlight: 10, durability: 'os' },
]

interface Run extends ProduceFigures {
  readonly rawBefore: number | undefined
  readonly rawAfter: number | undefined
  readonly amplification: number
  readonly processors: number
  readonly eventLoopP99: number
  readonly residentMegabytes: number
}

/** Loads a node with ready-made requests and sets what it acknowledges against what the bare disk takes. */
export async function produceTable(options: {
  directory: string
  runs: number
  seconds: number
  calm: CalmRuns
}): Promise<string> {
  const results = new Map<Scenario, Run[]>(scenarios.map(scenario => [scenario, []]))
  // One scenario after the other, again and again: a slow minute of the machine then touches them all.
  for (let run = 0; run < options.runs; run++) {
    for (const scenario of scenarios)
      results.get(scenario)!.push(await options.calm.run(() => measure(scenario, options), isSteady))
  }
  return markdownTable(
    header,
    [...results].map(([scenario, runs]) => row(scenario, runs)),
  )
}

const header = [
  'produce, 100-byte records',
  'MB/s',
  'of the raw loop',
  'goal',
  'k records/s',
  'p50 ms',
  'p99 ms',
  'p99/p50 (<= 6)',
  'written/acked',
  'event loop p99 ms (<= 5)',
  'processors',
  'resident MB',
]

function row(scenario: Scenario, runs: readonly Run[]): string[] {
  const middle = (of: (run: Run) => number): number => median(runs.map(of))
  const { raw } = scenario
  return [
    scenario.name,
    middle(run => run.megabytesPerSecond).toFixed(0),
    raw ? middle(run => run.megabytesPerSecond / ((run.rawBefore! + run.rawAfter!) / 2)).toFixed(2) : '-',
    raw ? `${raw.goal} of ${raw.blockBytes / KiB} KiB ${raw.mode}` : '-',
    middle(run => run.recordsPerSecond / 1e3).toFixed(0),
    middle(run => run.p50 / 1e3).toFixed(2),
    middle(run => run.p99 / 1e3).toFixed(2),
    middle(run => run.p99 / run.p50).toFixed(1),
    `${middle(run => run.amplification).toFixed(2)}${scenario.amplificationGoal ? ` (<= ${scenario.amplificationGoal})` : ''}`,
    middle(run => run.eventLoopP99).toFixed(1),
    middle(run => run.processors).toFixed(2),
    middle(run => run.residentMegabytes).toFixed(0),
  ]
}

/**
 * The bare disk, the node, and the bare disk again: it may have become slower or faster meanwhile. What they wrote is deleted in
 * the end: with `discard`, a disk is busy with a deleted gigabyte while the next one is measured.
 */
async function measure(scenario: Scenario, options: { directory: string; seconds: number }): Promise<Run> {
  const directory = mkdtempSync(path.join(options.directory, 'produce-'))
  try {
    const rawBefore = rawOf(scenario, directory, 'before')
    const run = await loaded(scenario, { ...options, directory })
    const rawAfter = rawOf(scenario, directory, 'after')
    return { ...run, rawBefore, rawAfter }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function isSteady({ rawBefore, rawAfter }: Run): boolean {
  return isSteadyDisk(rawBefore, rawAfter)
}

async function loaded(
  scenario: Scenario,
  options: { directory: string; seconds: number },
): Promise<Omit<Run, 'rawBefore' | 'rawAfter'>> {
  const node = await startNode({
    directory: path.join(options.directory, 'node'),
    durability: scenario.durability,
    settings: {},
  })
  try {
    const partitions = 16
    await createTopics(node, [{ name: 'load', partitions }])
    const load: ProduceLoad = {
      host: node.host,
      port: node.port,
      topic: 'load',
      partitions,
      batchBytes: scenario.batchBytes,
      recordBytes: 100,
      connections: scenario.connections,
      inFlight: scenario.inFlight,
      warmMs: 1000,
      measuredMs: options.seconds * 1000,
    }
    let before = { cpu: 0, written: 0 }
    const figures = await runLoad(load, () => {
      node.reset()
      before = { cpu: cpuSeconds(node.pid), written: writtenBytes(node.pid) }
    })
    const cpu = cpuSeconds(node.pid) - before.cpu
    const written = writtenBytes(node.pid) - before.written
    const { eventLoopP99, residentBytes } = await node.figures()
    return {
      ...figures,
      amplification: written / figures.acknowledgedBytes,
      processors: cpu / options.seconds,
      eventLoopP99,
      residentMegabytes: residentBytes / 1e6,
    }
  } finally {
    await node.close()
  }
}

/** As much as the node writes in a few seconds: the first moments of a disk say little about those that follow. */
const rawBytes = 1024 * MiB

function rawOf({ raw }: Scenario, directory: string, name: string): number | undefined {
  return raw && rawBandwidth({ directory, name, ...raw, totalBytes: rawBytes, keep: true })
}

/** Runs the load; `onMeasuring` is called when the warm-up is over. */
export function runLoad(load: ProduceLoad, onMeasuring: () => void): Promise<ProduceFigures> {
  return runProgram<ProduceFigures>('produce-load.ts', load, onMeasuring)
}
