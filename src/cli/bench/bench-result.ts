import type { Output } from '../output.ts'
import { humaneBytes } from '../table/humane.ts'
import type { Report } from '../table/report.ts'
import { type Fact, facts } from '../table/table.ts'
import type { Histogram } from './histogram.ts'
import { bars, pictureLines } from './picture.ts'

/** What a benchmark has measured. */
export interface BenchResult {
  readonly bench: 'produce' | 'consume' | 'latency'
  readonly topic: string
  readonly records: number
  readonly failed: number
  readonly bytes: number
  readonly seconds: number
  readonly rate: number | undefined
  readonly histogram: Histogram
  /** What the times are of. */
  readonly timesOf: string
}

const percents = [50, 75, 90, 95, 99, 99.9, 99.99] as const

/** Shows a result: facts, percentiles and a picture for people; one object for programs. */
export function showResult(report: Report, output: Output, result: BenchResult, columns: number): void {
  const { histogram, seconds, records, bytes } = result
  const perSecond = seconds > 0 ? 1 / seconds : 0
  const times = percents.map(percent => [`p${percent}`, milliseconds(histogram.percentileUs(percent))] as const)
  const extremes = {
    min: milliseconds(histogram.count > 0 ? histogram.minUs : 0),
    mean: milliseconds(histogram.meanUs),
    max: milliseconds(histogram.maxUs),
  }
  const data = {
    bench: result.bench,
    topic: result.topic,
    records,
    failed: result.failed,
    bytes,
    seconds: round(seconds, 3),
    recordsPerSecond: round(records * perSecond, 1),
    bytesPerSecond: Math.round(bytes * perSecond),
    ...(result.rate === undefined ? {} : { targetRate: result.rate }),
    timesOf: result.timesOf,
    times: histogram.count,
    timesMs: { min: extremes.min, mean: extremes.mean, ...Object.fromEntries(times), max: extremes.max },
    histogram: bars(histogram).map(bar => ({ ...bar, toMs: Number.isFinite(bar.toMs) ? bar.toMs : null })),
  }
  const main: Fact[] = [
    ['records', records],
    ...(result.failed > 0 ? [['failed', result.failed] as const] : []),
    ['seconds', data.seconds],
    ['records/s', Math.round(data.recordsPerSecond)],
    ['bytes/s', output.isTerminal ? `${humaneBytes(data.bytesPerSecond)}` : data.bytesPerSecond],
  ]
  const timeFacts: Fact[] = [
    ['times of', result.timesOf],
    ['min ms', extremes.min],
    ['mean ms', extremes.mean],
    ...times.map(([name, value]) => [`${name} ms`, value] as const),
    ['max ms', extremes.max],
  ]
  report.thing(data, [facts([['topic', result.topic], ...main]), facts(timeFacts)])
  if (report.isData || !output.isTerminal || histogram.count === 0) return
  output.line('')
  for (const line of pictureLines(histogram, columns)) output.line(line)
}

function milliseconds(microseconds: number): number {
  return round(microseconds / 1000, 3)
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
