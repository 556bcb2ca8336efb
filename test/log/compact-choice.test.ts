import { expect, test } from 'vitest'
import { type CompactionState, dirtyRatio, isToBeCompacted } from '../../src/log/compact-choice.ts'

const day = 86_400_000

const state = (changes: Partial<CompactionState>): CompactionState => ({
  cleanBytes: 100,
  dirtyBytes: 0,
  oldestDirtyMs: undefined,
  horizonMs: null,
  nowMs: 10 * day,
  dirtyRatioMin: 0.5,
  lagMaxMs: Number.MAX_SAFE_INTEGER,
  ...changes,
})

test.each<[string, Partial<CompactionState>, boolean]>([
  ['nothing new', {}, false],
  ['as much new as old: the ratio is to be exceeded', { dirtyBytes: 100 }, false],
  ['more new than old', { dirtyBytes: 101 }, true],
  ['never compacted', { cleanBytes: 0, dirtyBytes: 1 }, true],
  ['a ratio of 1 is never exceeded', { cleanBytes: 0, dirtyBytes: 1, dirtyRatioMin: 1 }, false],
  ['a ratio of 0 with something new', { dirtyBytes: 1, dirtyRatioMin: 0 }, true],
  ['a ratio of 0 with nothing new', { dirtyRatioMin: 0 }, false],
  ['little, but old', { dirtyBytes: 1, oldestDirtyMs: 8 * day, lagMaxMs: day }, true],
  ['little, and just young enough', { dirtyBytes: 1, oldestDirtyMs: 9 * day, lagMaxMs: day }, false],
  ['old, but nothing that may be compacted', { oldestDirtyMs: 8 * day, lagMaxMs: day }, false],
  ['a delete horizon that has passed', { horizonMs: 10 * day }, true],
  ['a delete horizon that has not', { horizonMs: 10 * day + 1 }, false],
])('%s', (_, changes, expected) => {
  expect(isToBeCompacted(state(changes))).toBe(expected)
})

test('the dirty ratio is the share of bytes that were never compacted', () => {
  expect(dirtyRatio(state({ dirtyBytes: 300 }))).toBe(0.75)
  expect(dirtyRatio(state({ cleanBytes: 0 }))).toBe(0)
})
