import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { parseOffset } from '../../src/cli/offset-expression.ts'

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
