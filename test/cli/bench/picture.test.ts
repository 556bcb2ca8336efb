import { expect, test } from 'vitest'
import { Histogram } from '../../../src/cli/bench/histogram.ts'
import { bars, pictureLines } from '../../../src/cli/bench/picture.ts'

const histogram = new Histogram()
histogram.record(1_500, 800)
histogram.record(3_000, 199)
histogram.record(90_000, 1)

test('a picture is logarithmic, without holes, as wide as it may be', () => {
  expect(pictureLines(histogram, 60)).toEqual([
    '   1 - 2 ms  800  80.00%  ██████████████████████████████████',
    '   2 - 5 ms  199  19.90%  ████████▌',
    '  5 - 10 ms    0   0.00%',
    ' 10 - 20 ms    0   0.00%',
    ' 20 - 50 ms    0   0.00%',
    '50 - 100 ms    1   0.10%  ▏',
  ])
})

test('the bars hold all that was counted', () => {
  expect(bars(histogram).reduce((sum, { count }) => sum + count, 0)).toBe(histogram.count)
  expect(bars(new Histogram())).toEqual([])
})
