import { rawBandwidth } from '../raw-disk.ts'
import { columns, KiB, produce } from './load.ts'
import type { Question } from './question.ts'
import { kafkaServers, withServer } from './server.ts'

const connections = 1000
const partitions = 64
const batches = [1 * KiB, 16 * KiB]

export const producers: Question = {
  name: 'producers',
  title: 'A thousand producers',
  text: `${connections} connections with one request in flight each, over ${partitions} partitions, 100-byte records, from one client process. All of them wait for
the same commits, so that the latency is about a thousand requests divided by the rate; the spread between p50 and p99 says how evenly they are served.
The raw loop writes and fsyncs one batch after the other.`,
  labels: ['batch', 'server', 'acknowledged is'],
  columns: [
    columns.megabytes,
    columns.requests,
    columns.p50,
    columns.p99,
    columns.tail,
    columns.amplification,
    columns.processors,
    columns.loop,
    { key: 'peak', heading: 'peak MB (ours < 300)' },
  ],
  async *measure(context) {
    for (const batchBytes of batches) {
      const size = { topic: 'load', partitions, batchBytes, recordBytes: 100, connections, inFlight: 1 }
      const label = `${batchBytes / KiB} KiB`
      const raw = rawBandwidth({
        directory: context.directory,
        blockBytes: batchBytes,
        mode: 'overwrite',
        totalBytes: 2000 * batchBytes,
      })
      yield {
        labels: [label, 'raw write+fsync', 'on disk'],
        figures: { megabytes: raw, requests: (raw * 1e6) / batchBytes },
      }
      for (const kind of kafkaServers) {
        const figures = await context.calm.run(() =>
          withServer(kind, context, [{ name: 'load', partitions }], server => produce(server, context, size)),
        )
        yield { labels: [label, kind.name, kind.promised], figures }
      }
    }
  },
}
