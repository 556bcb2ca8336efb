import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { parseOffset, parseRanges, parseUntil } from '../../src/client/offset-expression.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const at = (iso: string) => ({ kind: 'time', timestampMs: Date.parse(iso) })

test.each([
  ['start', { kind: 'start' }],
  ['beginning', { kind: 'start' }],
  ['end', { kind: 'end' }],
  ['0', { kind: 'offset', offset: 0 }],
  ['17', { kind: 'offset', offset: 17 }],
  ['-5', { kind: 'last', count: 5 }],
  ['@1763798400000', { kind: 'time', timestampMs: 1763798400000 }],
  ['@2026-11-22T08:00:00Z', at('2026-11-22T08:00:00Z')],
  ['@2026-11-22T08:00:00.250+02:00', at('2026-11-22T06:00:00.250Z')],
  ['@2026-11-22T08:00', at('2026-11-22T08:00:00Z')],
  ['@2026-11-22 08:00:01', at('2026-11-22T08:00:01Z')],
  ['@2026-11-22', at('2026-11-22T00:00:00Z')],
  ['@-90s', at('2026-11-22T11:58:30Z')],
  ['@-10m', at('2026-11-22T11:50:00Z')],
  ['@-1.5h', at('2026-11-22T10:30:00Z')],
  ['@-2d', at('2026-11-20T12:00:00Z')],
  ['@-500ms', at('2026-11-22T11:59:59.500Z')],
] as const)("'%s' is a place to begin", (text, position) => {
  expect(parseOffset(text, nowMs)).toEqual(position)
})

test.each(['', 'begin', '1.5', '--5', '1e3', '99999999999999999', '@', '@yesterday', '@10m', '@2026-13-40', '@12'])(
  "'%s' is refused with a hint",
  text => {
    expect(() => parseOffset(text, nowMs)).toThrow(OperatorError)
  },
)

const offset = (at: number) => ({ kind: 'offset', offset: at })

test.each([
  ['stored', { start: { kind: 'stored' } }],
  ['+5', { start: { kind: 'afterStart', count: 5 } }],
  ['10:20', { start: offset(10), end: offset(20) }],
  ['10:', { start: offset(10) }],
  [':20', { end: offset(20) }],
  [':end', { end: { kind: 'end' } }],
  ['-10:end', { start: { kind: 'last', count: 10 }, end: { kind: 'end' } }],
  ['10:+5', { start: offset(10), end: { kind: 'count', count: 5 } }],
  ['start:-5', { start: { kind: 'start' }, end: { kind: 'last', count: 5 } }],
  ['@2026-11-22T08:00:1h', { start: at('2026-11-22T08:00:00Z'), end: at('2026-11-22T09:00:00Z') }],
  ['@-48h:-24h', { start: at('2026-11-20T12:00:00Z'), end: at('2026-11-21T12:00:00Z') }],
  ['s@1763798400000', { start: at('2025-11-22T08:00:00Z') }],
  ['e@1763798400000', { end: at('2025-11-22T08:00:00Z') }],
] as const)("'%s' is a range", (text, range) => {
  expect(parseRanges([text], nowMs)).toEqual({ all: range, byPartition: new Map() })
})

test('ranges for single partitions stand beside that for all', () => {
  expect(parseRanges(['0=5,2=7:9', '-3'], nowMs)).toEqual({
    all: { start: { kind: 'last', count: 3 } },
    byPartition: new Map([
      [0, { start: offset(5) }],
      [2, { start: offset(7), end: offset(9) }],
    ]),
  })
  expect(parseRanges(['s@1763798400000', 'e@1763798500000'], nowMs).all).toEqual({
    start: at('2025-11-22T08:00:00Z'),
    end: at('2025-11-22T08:01:40Z'),
  })
})

test.each([
  [['1', '2']],
  [['1:2', ':3']],
  [['0=1,0=2']],
  [['20:10']],
  [['5:start']],
  [['5:stored']],
  [[':']],
  [['x=1']],
])('%j is refused', texts => {
  expect(() => parseRanges(texts, nowMs)).toThrow(OperatorError)
})

test.each([
  ['100', offset(100)],
  ['end', { kind: 'end' }],
  ['-5', { kind: 'last', count: 5 }],
  ['@-10m', at('2026-11-22T11:50:00Z')],
  ['-10m', at('2026-11-22T11:50:00Z')],
  ['2026-11-22T08:00', at('2026-11-22T08:00:00Z')],
] as const)("'%s' is a place to stop", (text, end) => {
  expect(parseUntil(text, nowMs)).toEqual(end)
})
