import { expect, test } from 'vitest'
import { parseJump, placeText, readPlace } from '../../../src/tui/data/record-place-text.ts'

const nowMs = Date.UTC(2026, 10, 22, 12)

test('a place goes through text and back', () => {
  const place = new Map([
    [0, 12],
    [7, 9_007_199_254_740_000],
  ])
  expect(readPlace(placeText(place))).toEqual(place)
  expect(readPlace('12')).toBeUndefined()
  expect(readPlace('#rubbish,1:x,2:5')).toEqual(new Map([[2, 5]]))
})

test.each([
  ['start', undefined, { kind: 'start' }],
  [' 1200 ', undefined, { kind: 'offset', offset: 1_200 }],
  ['2=1200', 2, { kind: 'offset', offset: 1_200 }],
  ['-100', undefined, { kind: 'last', count: 100 }],
  ['@-10m', undefined, { kind: 'time', timestampMs: nowMs - 600_000 }],
  ['-10m', undefined, { kind: 'time', timestampMs: nowMs - 600_000 }],
  ['2026-11-22T08:00:00Z', undefined, { kind: 'time', timestampMs: Date.UTC(2026, 10, 22, 8) }],
])('%s', (text, partition, position) => {
  expect(parseJump(text, nowMs)).toEqual({ partition, position })
})

test.each(['', 'somewhere', '1=start', '@never', '99999999999999999999'])("'%s' is no place to jump to", text => {
  expect(() => parseJump(text, nowMs)).toThrow()
})
