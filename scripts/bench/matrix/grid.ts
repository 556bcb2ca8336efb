import { rawBandwidth } from '../raw-disk.ts'
import { columns, KiB, MiB, produce, spread } from './load.ts'
import type { Context, Question, Row } from './question.ts'
import { oursCached, oursDurable, withServer } from './server.ts'

const batches = [1 * KiB, 16 * KiB, 128 * KiB]
const partitionCounts = [1, 16, 1024]
const inFlightCounts = [1, 40, 256]
const kinds = [
  { durability: 'fsync', kind: oursDurable },
  { durability: 'os', kind: oursCached },
] as const

/** What the raw loop writes for one size: enough to be past the first moments of a disk, and no more than a second or so. */
const rawBytes = 256 * MiB

export const grid: Question = {
  name: 'grid',
  title: 'Batch size, partitions, requests in flight, durability',
  text: `Ready-made batches of 100-byte records. The raw loop writes and fsyncs one batch after the other over a file that exists
already. With one request in flight the node does what that loop does and carries each request over the network and between threads
besides: below 1. With many in flight one commit holds many of them: above 1, up to what the disk's bandwidth allows, with every
byte written twice. With \`os\` nothing waits for an fsync, so that the loop says nothing about it. Small batches are bound by the work
for each request on the main thread, many partitions by the pages of the index that each commit touches.`,
  labels: ['batch', 'partitions', 'in flight', 'durability'],
  columns: [
    columns.megabytes,
    columns.requests,
    { key: 'ratio', heading: 'of raw write+fsync', digits: 2 },
    columns.p50,
    columns.p99,
    columns.tail,
    columns.amplification,
    columns.processors,
    columns.loop,
    columns.peak,
  ],
  async *measure(context) {
    for (const batchBytes of batches) {
      const raw = rawRequests(context, batchBytes)
      yield {
        labels: [`${batchBytes / KiB} KiB`, '-', '1', 'raw loop'],
        figures: { megabytes: (raw * batchBytes) / 1e6, requests: raw },
      }
      for (const partitions of partitionCounts)
        for (const inFlight of inFlightCounts) yield* cell(context, { batchBytes, partitions, inFlight, raw })
    }
  },
}

async function* cell(
  context: Context,
  at: { batchBytes: number; partitions: number; inFlight: number; raw: number },
): AsyncGenerator<Row, void, void> {
  const { batchBytes, partitions, inFlight, raw } = at
  for (const { durability, kind } of kinds) {
    const load = { topic: 'load', partitions, batchBytes, recordBytes: 100, ...spread(inFlight) }
    const figures = await context.calm.run(() =>
      withServer(kind, context, [{ name: 'load', partitions }], async server => {
        const measured = await produce(server, context, load)
        return { ...measured, ratio: durability === 'fsync' ? measured.requests / raw : undefined }
      }),
    )
    yield { labels: [`${batchBytes / KiB} KiB`, String(partitions), String(inFlight), durability], figures }
  }
}

/** Blocks of that size that the bare disk takes in a second. */
function rawRequests({ directory }: Context, blockBytes: number): number {
  const totalBytes = Math.min(rawBytes, 4000 * blockBytes)
  return (rawBandwidth({ directory, blockBytes, mode: 'overwrite', totalBytes }) * 1e6) / blockBytes
}
