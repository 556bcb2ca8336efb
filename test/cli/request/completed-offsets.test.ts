import { expect, test } from 'vitest'
import { CompletedOffsets } from '../../../src/cli/request/completed-offsets.ts'

test('what is committed is before the first that is not done', () => {
  const offsets = new CompletedOffsets()
  expect(offsets.committable).toBeUndefined()
  for (const offset of [5, 6, 9]) offsets.begin(offset)
  expect(offsets.committable).toBe(5)
  offsets.done(6)
  expect(offsets.committable).toBe(5)
  offsets.done(5)
  expect(offsets.committable).toBe(9)
  offsets.done(9)
  expect(offsets.committable).toBe(10)
})
