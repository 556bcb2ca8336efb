import { rawBandwidth } from '../raw-disk.ts'
import { runProgram } from '../run-program.ts'
import type { LatencyLoad } from './latency-load.ts'
import type { LatencyFigures, LatencyReader } from './latency-reader.ts'
import { columns, KiB, warmMs } from './load.ts'
import type { Context, Figures, Question } from './question.ts'
import { kafkaServers, type Server, withServer } from './server.ts'

const rates = [10_000, 100_000]
const recordBytes = KiB
const partitions = 4
/** After the last record is sent; whoever needs longer does not keep up. */
const behindMs = 8000

export const latency: Question = {
  name: 'latency',
  title: 'End to end at a fixed rate',
  text: `Records of 1 KiB are due at even intervals and sent as Kafka's own producer does, acks=all: once a millisecond what is due (linger.ms 1), in one batch,
to one of four partitions in turn, at most five batches under way; another process fetches them. A record's age is counted from when it was due, so that a pause
is charged to all records that it delays, pauses of the two client processes included. 100k records a second are three busy processes
and a disk that takes 100 MB/s twice: on a machine with few processors, or with neighbours, what is measured at that rate is who
gets one. A server that has not delivered everything ${behindMs / 1000} s after the end does not keep up. The raw row is one write and fsync of
the records of one millisecond.`,
  labels: ['records/s', 'server', 'acknowledged is'],
  columns: [
    columns.p50,
    { key: 'p99', heading: 'p99 ms (< 25 at 100k)', digits: 2 },
    { key: 'p999', heading: 'p99.9 ms', digits: 2 },
    { key: 'max', heading: 'max ms', digits: 1 },
    columns.tail,
    columns.loop,
  ],
  async *measure(context) {
    for (const recordsPerSecond of rates) {
      const blockBytes = (recordsPerSecond / 1000) * recordBytes
      const raw = rawBandwidth({
        directory: context.directory,
        blockBytes,
        mode: 'overwrite',
        totalBytes: 500 * blockBytes,
      })
      const label = `${recordsPerSecond / 1000}k`
      yield { labels: [label, 'raw write+fsync of 1 ms', 'on disk'], figures: { p50: blockBytes / 1e3 / raw } }
      for (const kind of kafkaServers) {
        const figures = await context.calm.run(() =>
          withServer(kind, context, [{ name: 'load', partitions }], server => cell(server, context, recordsPerSecond)),
        )
        yield { labels: [label, kind.name, kind.promised], figures }
      }
    }
  },
}

async function cell(server: Server, context: Context, recordsPerSecond: number): Promise<Figures> {
  const { host, port } = server
  const measuredMs = context.seconds * 1000
  const load: LatencyLoad = {
    ...{ host, port, topic: 'load', partitions, recordsPerSecond, recordBytes, measuredMs },
    // The clients have to be compiled, too.
    warmMs: server.warmMs ?? warmMs,
  }
  const limitMs = 2000 + load.warmMs + measuredMs + behindMs
  const reader: LatencyReader = { host, port, topic: 'load', partitions, limitMs }
  let sending: Promise<unknown> = Promise.resolve()
  server.node?.reset()
  const figures = await runProgram<LatencyFigures>('matrix/latency-reader.ts', reader, () => {
    sending = runProgram('matrix/latency-load.ts', load)
  })
  await sending
  if (!figures.complete) return 'does not keep up'
  const own = await server.node?.figures()
  const { p50, p99, p999, max } = figures
  return { p50, p99, p999, max, tail: p99 / p50, loop: own?.eventLoopP99 }
}
