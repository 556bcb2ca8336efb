import { runProgram } from '../run-program.ts'
import { columns, KiB, produce, spread } from './load.ts'
import type { Context, Figures, Question } from './question.ts'
import type { RawLoop } from './raw-loop.ts'
import { type Shim, withNodeOn, withShim } from './shim.ts'

const delaysMs = [0, 1, 5]
const inFlightCounts = [1, 40, 256]
const batchBytes = 16 * KiB
const partitions = 16

export const slowDisk: Question = {
  name: 'slow-disk',
  title: 'A disk of which each fsync takes longer',
  text: `Batches of 16 KiB over 16 partitions, each fsync made slower by so much, for the raw loop (which overwrites and fsyncs 16 KiB) as for
the node. One request in flight cannot be faster than the loop. With many in flight the commits grow with the wait, so
that the rate falls less than the disk's: the more requests there are, the less.`,
  labels: ['fsync slower by', 'in flight'],
  columns: [
    columns.megabytes,
    columns.requests,
    { key: 'raw', heading: 'raw overwrites/s' },
    { key: 'ratio', heading: 'requests of raw', digits: 2 },
    { key: 'commits', heading: 'commits/s' },
    { key: 'groupKiB', heading: 'KiB a commit', digits: 1 },
    columns.p50,
    columns.p99,
    columns.tail,
    columns.loop,
    columns.peak,
  ],
  async *measure(context) {
    for (const delayMs of delaysMs) {
      const raw = await withShim(context, shim => rawRate(shim, delayMs, context))
      for (const inFlight of inFlightCounts)
        yield {
          labels: [`${delayMs} ms`, String(inFlight)],
          figures: await context.calm.run(() => cell(context, { delayMs, inFlight, raw })),
        }
    }
  },
}

async function cell(
  context: Context,
  { delayMs, inFlight, raw }: { delayMs: number; inFlight: number; raw: number | string },
): Promise<Figures> {
  if (typeof raw === 'string') return raw
  return withShim(context, shim =>
    withNodeOn(shim, partitions, async server => {
      shim.control.set({ syncDelayUs: delayMs * 1000 })
      const load = { topic: 'load', partitions, batchBytes, recordBytes: 100, ...spread(inFlight) }
      let syncsBefore = 0
      const figures = await produce(server, context, load, () => {
        syncsBefore = shim.control.get('walSyncs')
      })
      const syncs = shim.control.get('walSyncs') - syncsBefore
      const groupKiB = figures.acknowledgedBytes / syncs / KiB
      const counted = { raw, ratio: figures.requests / raw, commits: syncs / context.seconds, groupKiB }
      shim.control.set({ syncDelayUs: 0 })
      return { ...figures, ...counted }
    }),
  )
}

/** Blocks a second that the raw loop writes to a file that the shim takes for a database. */
async function rawRate({ data, control, environment }: Shim, delayMs: number, context: Context): Promise<number> {
  control.set({ syncDelayUs: delayMs * 1000 })
  const blocks = Math.max(100, Math.round((500 * context.seconds) / Math.max(1, delayMs)))
  const loop: RawLoop = {
    directory: data,
    blockBytes: batchBytes,
    mode: 'overwrite',
    totalBytes: blocks * batchBytes,
    name: 'streamctl.db',
  }
  const megabytes = await runProgram<number>('matrix/raw-loop.ts', loop, () => {}, environment)
  return (megabytes * 1e6) / batchBytes
}
