import { expect, test } from 'vitest'
import { bytesText, countText, rateText } from '../../../src/cli/data/amounts.ts'

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1.0 KiB'],
  [157_286_400, '150 MiB'],
  [1_610_612_736, '1.5 GiB'],
  [5e15, '4547 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

test('one of something is not several, and thousands are told apart', () => {
  expect(['0 topics', '1 topic', '1,234,567 topics']).toEqual([0, 1, 1_234_567].map(count => countText(count, 'topic')))
  expect(countText(2, 'batch', 'batches')).toBe('2 batches')
})

test('a rate is told with what it is of', () => {
  expect(rateText(20 * 1024 * 1024, 2000)).toBe('20.0 MiB in 2.0 s (10.0 MiB/s)')
  expect(rateText(0, 0)).toBe('0 bytes in 0.0 s (0 bytes/s)')
})
