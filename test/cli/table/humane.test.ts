import { expect, test } from 'vitest'
import { humaneBytes, humaneDuration, humaneTime } from '../../../src/cli/table/humane.ts'

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [1024 * 1024 - 1, '1 MiB'],
  [123 * 1024, '123 KiB'],
  [5.25 * 1024 ** 3, '5.3 GiB'],
  [2 ** 60, '1024 PiB'],
  [-2048, '-2 KiB'],
])('%d bytes are %s', (bytes, text) => expect(humaneBytes(bytes)).toBe(text))

test.each([
  [0, '0 ms'],
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [1_250, '1.3 s'],
  [59_900, '59.9 s'],
  [59_980, '1m'],
  [125_000, '2m 5s'],
  [3_599_999, '1h'],
  [3_600_000 + 61_000, '1h 1m'],
  [90_000_000, '1d 1h'],
  [365 * 86_400_000, '365d'],
  [-5_000, '-5 s'],
])('%d ms are %s', (milliseconds, text) => expect(humaneDuration(milliseconds)).toBe(text))

test('a time is in UTC, and one that no calendar has stays a number', () => {
  expect(humaneTime(1_763_798_400_123)).toBe('2025-11-22 08:00:00.123Z')
  expect(humaneTime(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991')
})
