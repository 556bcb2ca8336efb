import { mkdtempSync } from 'node:fs'
import path from 'node:path'
import { rawBandwidth } from '../raw-disk.ts'
import { columns, KiB, MiB, produce, spread } from './load.ts'
import type { Context, Figures, Question } from './question.ts'
import { withNodeOn, withShim } from './shim.ts'

interface Case {
  readonly batchBytes: number
  readonly recordBytes: number
  readonly partitions: number
  readonly inFlight: number
  /** The raw loop that bounds the bandwidth, and the share of it that is wanted. */
  readonly bandwidth?: { readonly blockBytes: number; readonly mode: 'append' | 'overwrite'; readonly goal: number }
  readonly amplificationGoal?: number
}

const cases: readonly Case[] = [
  { batchBytes: KiB, recordBytes: 100, partitions: 16, inFlight: 1 },
  { batchBytes: KiB, recordBytes: 100, partitions: 16, inFlight: 40 },
  { batchBytes: KiB, recordBytes: KiB, partitions: 256, inFlight: 256, amplificationGoal: 3 },
  { batchBytes: 16 * KiB, recordBytes: 100, partitions: 16, inFlight: 1 },
  {
    batchBytes: 16 * KiB,
    recordBytes: 100,
    partitions: 16,
    inFlight: 40,
    bandwidth: { blockBytes: 128 * KiB, mode: 'overwrite', goal: 0.4 },
    amplificationGoal: 2.3,
  },
  {
    batchBytes: 16 * KiB,
    recordBytes: 100,
    partitions: 16,
    inFlight: 256,
    bandwidth: { blockBytes: 128 * KiB, mode: 'overwrite', goal: 0.4 },
    amplificationGoal: 2.3,
  },
  {
    batchBytes: 128 * KiB,
    recordBytes: 100,
    partitions: 16,
    inFlight: 40,
    bandwidth: { blockBytes: MiB, mode: 'append', goal: 0.8 },
    amplificationGoal: 2.3,
  },
]

/**
 * The raw loop runs before and after the node: the disk may have become slower or faster meanwhile. Its files stay until the
 * end: beside the discard of what was just deleted, the next one who measures meets a slower disk.
 */
const rawBytes = 512 * MiB
/** Of small blocks fewer bytes take as long. */
const rawBlocks = 3000

export const disk: Question = {
  name: 'disk',
  title: 'Against the bare disk',
  text: `One commit holds what came while the one before was being written, so that its size is what the load makes it: it is
measured (acknowledged bytes by syncs of the log), and the raw loop overwrites and fsyncs blocks of that very size. The bandwidth is set
against the loop that the goal names. Every byte is written twice, to the log and to the database: 0.5 of the raw bandwidth is the most
where the disk is the limit, unless it takes both at the same time faster than one loop that waits for each block. \`written/acked\` is what the operating system counted for the
whole process. The syncs are counted by a layer between the node and the C library, which costs about a microsecond a call.`,
  labels: ['batch', 'partitions', 'in flight'],
  columns: [
    columns.megabytes,
    { key: 'bandwidth', heading: 'of raw bandwidth', digits: 2 },
    { key: 'bandwidthGoal', heading: 'goal >=', digits: 1 },
    { key: 'commits', heading: 'commits/s' },
    { key: 'groupKiB', heading: 'KiB a commit', digits: 1 },
    { key: 'rawCommits', heading: 'raw overwrites/s' },
    { key: 'commitRatio', heading: 'of raw (>= 0.4)', digits: 2 },
    columns.amplification,
    { key: 'amplificationGoal', heading: 'goal <=', digits: 1 },
    columns.p50,
    columns.p99,
    columns.tail,
    columns.loop,
    columns.peak,
  ],
  async *measure(context) {
    for (const one of cases) {
      const labels = [`${one.batchBytes / KiB} KiB`, String(one.partitions), String(one.inFlight)]
      yield { labels, figures: await context.calm.run(() => measured(context, one)) }
    }
  },
}

async function measured(context: Context, one: Case): Promise<Figures> {
  const directory = mkdtempSync(path.join(context.directory, 'raw-'))
  const rawBefore = rawOf(directory, one, 'before')
  const loaded = await withShim(context, shim =>
    withNodeOn(shim, one.partitions, async server => {
      let syncsBefore = 0
      const load = { ...one, topic: 'load', ...spread(one.inFlight) }
      const figures = await produce(server, context, load, () => {
        syncsBefore = shim.control.get('walSyncs')
      })
      return { figures, syncs: shim.control.get('walSyncs') - syncsBefore }
    }),
  )
  if (typeof loaded === 'string') return loaded
  const { figures, syncs } = loaded
  const rawAfter = rawOf(directory, one, 'after')
  const groupBytes = figures.acknowledgedBytes / syncs
  const commits = syncs / context.seconds
  const rawCommits = rawOverwrites(context, Math.round(groupBytes))
  return {
    ...figures,
    bandwidth: rawBefore && rawAfter && figures.megabytes / ((rawBefore + rawAfter) / 2),
    bandwidthGoal: one.bandwidth?.goal,
    commits,
    groupKiB: groupBytes / KiB,
    rawCommits,
    commitRatio: commits / rawCommits,
    amplificationGoal: one.amplificationGoal,
  }
}

function rawOf(directory: string, { bandwidth }: Case, name: string): number | undefined {
  return bandwidth && rawBandwidth({ directory, name, ...bandwidth, totalBytes: rawBytes, keep: true })
}

function rawOverwrites({ directory }: Context, blockBytes: number): number {
  const totalBytes = Math.min(rawBytes, rawBlocks * blockBytes)
  return (rawBandwidth({ directory, blockBytes, mode: 'overwrite', totalBytes }) * 1e6) / blockBytes
}
