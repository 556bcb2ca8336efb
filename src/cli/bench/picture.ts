import type { Histogram } from './histogram.ts'

/** A bar of the picture. */
export interface Bar {
  readonly fromMs: number
  /** Not including it. */
  readonly toMs: number
  readonly count: number
}

/** Steps of a scale that people read at a glance: 1, 2, 5 and their tenfolds, in microseconds. */
const scaleUs = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map(step => step * 10 ** power)).flat()

/** Counts between the marks of a logarithmic scale, from the smallest to the largest value. */
export function bars(histogram: Histogram): readonly Bar[] {
  const marks = [0, ...scaleUs, Number.POSITIVE_INFINITY]
  const all = marks.slice(0, -1).map((fromUs, at) => {
    const toUs = marks[at + 1]!
    return { fromMs: fromUs / 1000, toMs: toUs / 1000, count: histogram.countBetween(fromUs, toUs) }
  })
  const first = all.findIndex(({ count }) => count > 0)
  const last = all.findLastIndex(({ count }) => count > 0)
  return first < 0 ? [] : all.slice(first, last + 1)
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** The bars as lines of text, at most `width` characters wide: their range, how many, their share, the bar. */
export function pictureLines(histogram: Histogram, width: number): readonly string[] {
  const drawn = bars(histogram)
  const largest = Math.max(1, ...drawn.map(({ count }) => count))
  const rows = drawn.map(({ fromMs, toMs, count }) => ({
    range: `${text(fromMs)} - ${text(toMs)} ms`,
    count: String(count),
    share: `${((count / histogram.count) * 100).toFixed(2)}%`,
    fraction: count / largest,
  }))
  const widest = (name: 'range' | 'count' | 'share'): number => Math.max(0, ...rows.map(row => row[name].length))
  const [rangeWidth, countWidth, shareWidth] = [widest('range'), widest('count'), widest('share')]
  const room = Math.max(10, width - rangeWidth - countWidth - shareWidth - 6)
  return rows.map(({ range, count, share, fraction }) => {
    const steps = Math.round(fraction * room * 8)
    // What is there is seen, however little it is.
    const bar = '█'.repeat(Math.floor(steps / 8)) + (eighths[steps % 8] || (steps === 0 && fraction > 0 ? '▏' : ''))
    return `${range.padStart(rangeWidth)}  ${count.padStart(countWidth)}  ${share.padStart(shareWidth)}  ${bar}`.trimEnd()
  })
}

function text(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? String(milliseconds) : '∞'
}
