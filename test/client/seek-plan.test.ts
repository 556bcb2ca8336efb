import { expect, test } from 'vitest'
import {
  parsePartitionChoice,
  parseSeekTarget,
  planSeek,
  type SeekPartition,
  type SeekTarget,
} from '../../src/client/seek-plan.ts'

const nowMs = Date.UTC(2026, 10, 22, 12)

test.each<[string, SeekTarget]>([
  ['start', { kind: 'start', shift: 0 }],
  ['end', { kind: 'end', shift: 0 }],
  ['start+5', { kind: 'start', shift: 5 }],
  ['end-100', { kind: 'end', shift: -100 }],
  ['+1', { kind: 'committed', shift: 1 }],
  ['-10', { kind: 'committed', shift: -10 }],
  ['42', { kind: 'offset', offset: 42 }],
  ['@-10m', { kind: 'time', timestampMs: nowMs - 600_000 }],
  ['@2026-11-22T08:00:00Z', { kind: 'time', timestampMs: Date.UTC(2026, 10, 22, 8) }],
  ['@1763798400000', { kind: 'time', timestampMs: 1_763_798_400_000 }],
])('--to %s', (text, target) => expect(parseSeekTarget(text, nowMs)).toEqual(target))

test.each(['', 'middle', '1.5', '@', '@tomorrow', 'end+-1', '99999999999999999999', '5:10', 'stored'])(
  '--to %j is refused',
  text => expect(() => parseSeekTarget(text, nowMs)).toThrow(/'.*' is no/),
)

const partition: SeekPartition = { topic: 't', partition: 0, committed: 50, start: 10, end: 100, atTime: 70 }

test.each<[string, SeekTarget, number | null, string | null]>([
  ['the start', { kind: 'start', shift: 0 }, 10, null],
  ['behind the start', { kind: 'start', shift: 5 }, 15, null],
  ['the end', { kind: 'end', shift: 0 }, 100, null],
  ['before the end', { kind: 'end', shift: -1 }, 99, null],
  ['forward', { kind: 'committed', shift: 1 }, 51, null],
  ['back', { kind: 'committed', shift: -40 }, 10, null],
  ['back too far', { kind: 'committed', shift: -41 }, 10, '9 is before the start'],
  ['forward too far', { kind: 'committed', shift: 51 }, 100, '101 is behind the end'],
  ['an offset', { kind: 'offset', offset: 11 }, 11, null],
  ['an offset that is gone', { kind: 'offset', offset: 0 }, 10, '0 is before the start'],
  ['a time', { kind: 'time', timestampMs: 1 }, 70, null],
  ['an offset of its own', { kind: 'each', offsets: new Map([['t:0', 33]]) }, 33, null],
  ['nothing, if nothing is said of it', { kind: 'each', offsets: new Map([['t:1', 33]]) }, null, null],
])('a partition is moved to %s', (_what, target, to, remark) => {
  const moves = planSeek([partition], target)
  expect(moves).toEqual(to === null ? [] : [{ topic: 't', partition: 0, committed: 50, to, remark }])
})

test('without a committed offset there is nothing to count from', () => {
  expect(planSeek([{ ...partition, committed: null }], { kind: 'committed', shift: 1 })).toEqual([])
  expect(planSeek([{ ...partition, committed: null }], { kind: 'end', shift: 0 })).toMatchObject([{ to: 100 }])
})

test('a time behind the last record is the end', () => {
  expect(planSeek([{ ...partition, atTime: undefined }], { kind: 'time', timestampMs: 1 })).toMatchObject([{ to: 100 }])
})

test.each<[string, string, readonly number[] | null]>([
  ['web', 'web', null],
  ['web:0', 'web', [0]],
  ['web:3,1,4-6,1', 'web', [3, 1, 4, 5, 6]],
])('%s chooses partitions', (text, topic, partitions) =>
  expect(parsePartitionChoice(text)).toEqual({ topic, partitions }),
)

test.each(['web:', 'web:x', 'web:5-2', 'web:-1', 'web:0-999999999', 'web:1,,2'])('%s chooses nothing', text =>
  expect(() => parsePartitionChoice(text)).toThrow('names no partitions'),
)
