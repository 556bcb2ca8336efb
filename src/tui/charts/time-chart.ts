import { padCells } from '../cells.ts'
import { shortDuration } from '../components/amounts.ts'
import { type Line, type Look, line } from '../line.ts'
import { BrailleCanvas } from './braille.ts'

export interface TimeChart {
  readonly title: string
  /** Oldest first. */
  readonly points: readonly { readonly atMs: number; readonly value: number }[]
  /** What is shown: from so long before until then. */
  readonly untilMs: number
  readonly spanMs: number
  readonly format: (value: number) => string
  readonly look?: Look
}

const axisWidth = 8

/**
 * How a number has gone over the last minutes: a title with the last value, a line of braille dots with its scale, and the
 * time below. Takes exactly `rows` lines, at least three; where there is no room for a picture, the title alone.
 */
export function timeChartLines(
  chart: TimeChart,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly Line[] {
  const { title, points, untilMs, spanMs, format, look = 'chart' } = chart
  const last = points.at(-1)
  const heading: Line = [
    { text: ` ${title} `, look: 'bold' },
    { text: last ? format(last.value) : 'nothing yet', look: 'accent' },
  ]
  const height = rows - 2
  const width = columns - axisWidth - 1
  if (height < 1 || width < 4) return [heading]
  const most = niceMax(Math.max(0, ...points.filter(({ atMs }) => atMs >= untilMs - spanMs).map(({ value }) => value)))
  const canvas = new BrailleCanvas(width, height)
  drawLine(canvas, valuesAt(points, { untilMs, spanMs, count: width * 2 }), most)
  const picture = canvas.lines().map((text, row): Line => {
    const label = row === 0 ? format(most) : row === height - 1 ? format(0) : ''
    return [
      { text: `${padCells(label, axisWidth - 1, 'right')} `, look: 'dim' },
      { text: '│', look: 'dim' },
      { text, look },
    ]
  })
  const early = `-${shortDuration(spanMs)}`
  const axis = `${' '.repeat(axisWidth + 1)}${early}${'now'.padStart(Math.max(0, width - early.length))}`
  return [heading, ...picture, line(axis, 'dim')]
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below; 1 for nothing. */
export function niceMax(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find(factor => factor * power >= value * (1 - 1e-9)) ?? 10
  return step * power
}

/**
 * The value at `count` moments of the span, evenly apart: of several samples in one the largest, so that no peak is lost;
 * where there is none, what lies between its neighbours; null before the first and behind the last.
 */
export function valuesAt(
  points: TimeChart['points'],
  { untilMs, spanMs, count }: { readonly untilMs: number; readonly spanMs: number; readonly count: number },
): readonly (number | null)[] {
  const startMs = untilMs - spanMs
  const values: (number | null)[] = Array.from({ length: count }, () => null)
  const indexOf = (atMs: number): number => Math.round(((atMs - startMs) / spanMs) * (count - 1))
  let before: { readonly index: number; readonly value: number } | undefined
  for (const { atMs, value } of points) {
    const index = indexOf(atMs)
    if (index >= count) break
    if (before && index > before.index) {
      for (let between = Math.max(0, before.index + 1); between < index; between++) {
        const share = (between - before.index) / (index - before.index)
        values[between] = before.value + (value - before.value) * share
      }
    }
    if (index >= 0) values[index] = Math.max(values[index] ?? Number.NEGATIVE_INFINITY, value)
    before = { index, value }
  }
  return values
}

/** Steps are joined, so that steep ones do not fall apart. */
function drawLine(canvas: BrailleCanvas, values: readonly (number | null)[], most: number): void {
  const top = canvas.rows * 4 - 1
  let before: number | undefined
  for (const [x, value] of values.entries()) {
    if (value === null) {
      before = undefined
      continue
    }
    const y = Math.round((Math.max(0, Math.min(most, value)) / most) * top)
    canvas.column(x, before ?? y, y)
    before = y
  }
}
