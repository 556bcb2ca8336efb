import { expect, test } from 'vitest'
import { niceMax, type TimeChart, timeChartLines, valuesAt } from '../../../src/tui/charts/time-chart.ts'
import { textOf } from '../../../src/tui/line.ts'

test.each([
  [0, 1],
  [1, 1],
  [1.1, 2],
  [4, 5],
  [5.1, 10],
  [999, 1_000],
  [12_345, 20_000],
  [0.03, 0.05],
  [Number.POSITIVE_INFINITY, 1],
])('the scale for %f ends at %f', (value, expected) => {
  expect(niceMax(value)).toBeCloseTo(expected)
})

const span = { untilMs: 100, spanMs: 100 }

test.each<[name: string, points: readonly (readonly [number, number])[], count: number, readonly (number | null)[]]>([
  ['nothing', [], 3, [null, null, null]],
  [
    'between two samples the line goes straight',
    [
      [0, 0],
      [100, 10],
    ],
    5,
    [0, 2.5, 5, 7.5, 10],
  ],
  ['before the first and behind the last there is nothing', [[50, 7]], 5, [null, null, 7, null, null]],
  [
    'of several at one moment the largest counts',
    [
      [49, 1],
      [50, 9],
      [51, 2],
    ],
    3,
    [null, 9, null],
  ],
  [
    'what is older only says where the line comes from',
    [
      [-100, 0],
      [100, 8],
    ],
    3,
    [4, 6, 8],
  ],
])('%s', (_, points, count, expected) => {
  const given = points.map(([atMs, value]) => ({ atMs, value }))
  expect(valuesAt(given, { ...span, count })).toEqual(expected)
})

const chart: TimeChart = {
  title: 'in',
  points: [
    { atMs: 0, value: 0 },
    { atMs: 60_000, value: 8 },
  ],
  untilMs: 60_000,
  spanMs: 60_000,
  format: value => `${value}/s`,
}

test('a chart has its title, its scale, its line and its time', () => {
  const lines = timeChartLines(chart, { columns: 19, rows: 5 }).map(textOf)
  expect(lines).toMatchInlineSnapshot(`
    [
      " in 8/s",
      "   10/s │        ⢀⣠",
      "        │    ⣀⡤⠖⠚⠉ ",
      "    0/s │⣀⡤⠖⠋⠁     ",
      "         -1m    now",
    ]
  `)
})

test('a chart fits its room, however small', () => {
  for (const columns of [1, 9, 12, 40, 200]) {
    for (const rows of [1, 2, 3, 10]) {
      const lines = timeChartLines(chart, { columns, rows })
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows))
    }
  }
})
