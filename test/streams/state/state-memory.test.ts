import { expect, test } from 'vitest'
import { StateMemory } from '../../../src/streams/state/state-memory.ts'

test('tables may take all of it as long as all of them fit', () => {
  const memory = new StateMemory(800)
  memory.bytes = 800
  expect(memory.isFull).toBe(false)
  memory.bytes = 801
  expect(memory.isFull).toBe(true)
})

test('what tables in files keep in memory is taken from what the others may take', () => {
  const memory = new StateMemory(800)
  memory.pagedTables = 2
  memory.bytes = 500
  expect(memory.isFull).toBe(false)
  memory.bytes = 501
  expect(memory.isFull).toBe(true)
  expect(500 + 2 * memory.cachedBytesMax + memory.unwrittenBytesMax).toBe(memory.bytesMax)
})
