import { cpuSeconds, forgetPeak, peakBytes, writtenBytes } from '../node-process.ts'
import { runLoad } from '../produce.ts'
import type { ProduceLoad } from '../produce-load.ts'
import type { Column, Context } from './question.ts'
import type { Server } from './server.ts'

export const KiB = 1024
export const MiB = 1024 * KiB

/** Requests under way, as connections and requests on each: the real clients have at most five on one. */
export function spread(inFlight: number): { readonly connections: number; readonly inFlight: number } {
  if (inFlight === 1) return { connections: 1, inFlight: 1 }
  const each = inFlight <= 40 ? 5 : 8
  return { connections: Math.ceil(inFlight / each), inFlight: each }
}

export type LoadFigures = {
  readonly megabytes: number
  readonly requests: number
  /** Thousands a second. */
  readonly records: number
  readonly p50: number
  readonly p99: number
  readonly tail: number
  readonly amplification: number
  readonly processors: number
  readonly peak: number
  readonly loop: number | undefined
  readonly acknowledgedBytes: number
}

/** Until a log that is new has got to its full size: before that each commit makes the file grow. */
export const warmMs = 1000

/** Loads a server with Produce requests, and says what that cost it. */
export async function produce(
  server: Server,
  context: Context,
  size: Pick<ProduceLoad, 'topic' | 'partitions' | 'batchBytes' | 'recordBytes' | 'connections' | 'inFlight'>,
  onMeasuring: () => void = () => {},
): Promise<LoadFigures> {
  const load: ProduceLoad = {
    ...size,
    host: server.host,
    port: server.port,
    warmMs: server.warmMs ?? warmMs,
    measuredMs: context.seconds * 1000,
  }
  let before = { cpu: 0, written: 0 }
  const figures = await runLoad(load, () => {
    onMeasuring()
    server.node?.reset()
    forgetPeak(server.pid)
    before = { cpu: cpuSeconds(server.pid), written: writtenBytes(server.pid) }
  })
  const cpu = cpuSeconds(server.pid) - before.cpu
  const written = writtenBytes(server.pid) - before.written
  const peak = peakBytes(server.pid) / 1e6
  const own = await server.node?.figures()
  return {
    megabytes: figures.megabytesPerSecond,
    requests: figures.requestsPerSecond,
    records: figures.recordsPerSecond / 1e3,
    p50: figures.p50 / 1e3,
    p99: figures.p99 / 1e3,
    tail: figures.p99 / figures.p50,
    amplification: written / figures.acknowledgedBytes,
    processors: cpu / context.seconds,
    peak,
    loop: own?.eventLoopP99,
    acknowledgedBytes: figures.acknowledgedBytes,
  }
}

/** Columns that many questions have; each takes those that say something there. */
export const columns = {
  megabytes: { key: 'megabytes', heading: 'MB/s' },
  requests: { key: 'requests', heading: 'requests/s' },
  records: { key: 'records', heading: 'k records/s', digits: 1 },
  p50: { key: 'p50', heading: 'p50 ms', digits: 2 },
  p99: { key: 'p99', heading: 'p99 ms', digits: 2 },
  tail: { key: 'tail', heading: 'p99/p50 (<= 6)', digits: 1 },
  amplification: { key: 'amplification', heading: 'written/acked', digits: 2 },
  processors: { key: 'processors', heading: 'processors', digits: 2 },
  peak: { key: 'peak', heading: 'peak MB (< 300)' },
  loop: { key: 'loop', heading: 'event loop p99 ms (< 5)', digits: 1 },
} as const satisfies Record<string, Column>
