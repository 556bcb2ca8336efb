/** What a measurement runs: one row is one workload under one set of conditions. */
export interface Row {
  /** As the tables look it up. */
  readonly name: string
  /** Which of the workloads, or `raw`. */
  readonly workload: string
  readonly intervalMs: number
  readonly records: number
  /** What is measured: processing what is there, building up lost state, or the way of single records. */
  readonly how: 'throughput' | 'restore' | 'latency'
  readonly isLong?: boolean
}

export interface RowSettings {
  readonly records: number
  readonly keys: number
  readonly intervalMs: number
}

const plain =
  (workload: string) =>
  ({ records, intervalMs }: RowSettings): Row[] => [
    { name: workload, workload, intervalMs, records, how: 'throughput' },
  ]

/** What `run` waits at most before it commits, by default and in the comparison. */
const [shortMs, longMs] = [100, 1_000]
const latencySeconds = 10
/** Events a second. */
export const latencyRate = 10_000

/** Everything that can be measured, by the name that `--only` takes. */
export const measurements: Readonly<Record<string, (settings: RowSettings) => readonly Row[]>> = {
  raw: plain('raw'),
  q0: plain('q0'),
  count: plain('count'),
  join: plain('join'),
  session: plain('session'),
  interval: ({ records }) =>
    ['q0', 'count'].flatMap(workload =>
      [shortMs, longMs].map(intervalMs => ({
        name: `${workload} every ${intervalMs} ms`,
        workload,
        intervalMs,
        records,
        how: 'throughput' as const,
      })),
    ),
  restore: ({ records, intervalMs }) => [{ name: 'restore', workload: 'keys', intervalMs, records, how: 'restore' }],
  latency: ({ intervalMs }) =>
    ['q0', 'count'].map(workload => ({
      name: `latency ${workload}`,
      workload,
      intervalMs,
      records: latencyRate * latencySeconds,
      how: 'latency' as const,
    })),
  keys: ({ keys, intervalMs }) => [
    { name: 'keys', workload: 'keys', intervalMs, records: keys, how: 'throughput', isLong: true },
  ],
}

/** The rows of a measurement. */
export function rowsOf(name: string, settings: RowSettings): readonly Row[] {
  return measurements[name]!(settings)
}
