import { expect, test } from 'vitest'
import { ResponseMemory } from '../../src/api/response-memory.ts'

const MiB = 1024 * 1024

test('a reader gets what it wants while there is plenty', () => {
  const memory = new ResponseMemory(() => 64 * MiB)
  expect(memory.takeShare(MiB)).toBe(MiB)
  expect(memory.usedBytes).toBe(MiB)
})

test('one reader gets a quarter of what is left at most', () => {
  const memory = new ResponseMemory(() => 64 * MiB)
  expect(memory.takeShare(55 * MiB)).toBe(16 * MiB)
  expect(memory.takeShare(55 * MiB)).toBe(12 * MiB)
})

test('when nothing is left, each reader still gets a small share', () => {
  const memory = new ResponseMemory(() => MiB)
  memory.take(5 * MiB)
  expect(memory.takeShare(MiB)).toBe(64 * 1024)
  expect(memory.takeShare(1000)).toBe(1000)
})

test('what is released can be had again', () => {
  const memory = new ResponseMemory(() => 4 * MiB)
  const taken = memory.takeShare(4 * MiB)
  memory.release(taken)
  expect(memory.usedBytes).toBe(0)
})
