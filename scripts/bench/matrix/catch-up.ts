import { cpuSeconds, forgetPeak, peakBytes } from '../node-process.ts'
import { runProgram } from '../run-program.ts'
import type { ScanFigures, ScanLoad } from '../scan-load.ts'
import { KiB, MiB, produce, spread } from './load.ts'
import type { Context, Figures, Question } from './question.ts'
import { dropPageCache, rawRead } from './raw-read.ts'
import { kafkaDefault, klite, oursDurable, type Server, type ServerKind, withServer } from './server.ts'

const partitions = 16
/** More than the node keeps of the newest batches (streamctl.cache.bytes, 48 MiB). */
const filledBytes = 256 * MiB

const kinds: readonly ServerKind[] = [oursDurable, kafkaDefault, klite]

export const catchUp: Question = {
  name: 'catch-up',
  title: 'A consumer that reads everything from the start',
  text: `At least ${filledBytes / MiB} MiB of 16 KiB batches of 100-byte records in ${partitions} partitions; one consumer with the limits that Kafka's own asks with
(50 MiB an answer, 1 MiB a partition), one request at a time. Cold is after the page cache was dropped (as root; else cold is warm). The raw row
reads a file of that size in order, 1 MiB at a time. Apache Kafka hands files to the socket without looking at them (sendfile); the node
reads rows of a database.`,
  labels: ['server'],
  columns: [
    { key: 'cold', heading: 'cold MB/s' },
    { key: 'coldRatio', heading: 'of raw (>= 0.5)', digits: 2 },
    { key: 'warm', heading: 'warm MB/s' },
    { key: 'processors', heading: 'processors, warm', digits: 2 },
    { key: 'peak', heading: 'peak MB' },
  ],
  async *measure(context) {
    const raw = rawRead(context.directory, filledBytes)
    yield { labels: ['raw read'], figures: { ...raw, coldRatio: 1 } }
    for (const kind of kinds) {
      const figures = await context.calm.run(() =>
        withServer(kind, context, [{ name: 'load', partitions }], server => cell(server, context)),
      )
      yield {
        labels: [kind.name],
        figures: typeof figures === 'string' ? figures : { ...figures, coldRatio: figures.cold! / raw.cold },
      }
    }
  },
}

async function cell(server: Server, context: Context): Promise<Figures> {
  await fill(server, context)
  dropPageCache()
  forgetPeak(server.pid)
  const cold = await scan(server)
  const begun = { cpu: cpuSeconds(server.pid), ms: performance.now() }
  const warm = await scan(server)
  const seconds = (performance.now() - begun.ms) / 1e3
  return {
    cold,
    warm,
    processors: (cpuSeconds(server.pid) - begun.cpu) / seconds,
    peak: peakBytes(server.pid) / 1e6,
  }
}

async function fill(server: Server, context: Context): Promise<void> {
  const load = { topic: 'load', partitions, batchBytes: 16 * KiB, recordBytes: 100, ...spread(40) }
  const limit = performance.now() + 60_000
  let bytes = 0
  while (bytes < filledBytes && performance.now() < limit)
    bytes += (await produce({ ...server, warmMs: 0 }, { ...context, seconds: 1 }, load)).acknowledgedBytes
}

async function scan({ host, port }: Server): Promise<number> {
  const options: ScanLoad = { host, port, topic: 'load', partitions }
  return (await runProgram<ScanFigures>('scan-load.ts', options)).megabytesPerSecond
}
