import { expect, test } from 'vitest'
import { FrameMemory } from '../../src/server/frame-memory.ts'

test('who finds no room waits in line, and comes before those who ask later', () => {
  const memory = new FrameMemory(100)
  const granted: string[] = []
  expect(memory.tryTake(80)).toBe(true)
  expect(memory.tryTake(30)).toBe(false)
  memory.takeLater(30, () => granted.push('first'))
  memory.takeLater(10, () => granted.push('second'))
  expect(memory.tryTake(10)).toBe(false)
  expect(memory.isContended).toBe(true)
  memory.release(80)
  expect(granted).toEqual(['first', 'second'])
  expect(memory.usedBytes).toBe(40)
})

test('who gives the place in the line up lets the next one in', () => {
  const memory = new FrameMemory(100)
  memory.tryTake(80)
  const granted: string[] = []
  const giveUp = memory.takeLater(50, () => granted.push('large'))
  memory.takeLater(20, () => granted.push('small'))
  giveUp()
  expect(granted).toEqual(['small'])
})

test('a frame that is larger than all the memory has its turn when it is alone', () => {
  const memory = new FrameMemory(100)
  expect(memory.tryTake(1000)).toBe(true)
  expect(memory.tryTake(1)).toBe(false)
  memory.release(1000)
  memory.tryTake(1)
  const granted: string[] = []
  memory.takeLater(1000, () => granted.push('huge'))
  memory.takeLater(1, () => granted.push('behind'))
  expect(granted).toEqual([])
  memory.release(1)
  expect(granted).toEqual(['huge'])
  memory.release(1000)
  expect(granted).toEqual(['huge', 'behind'])
})
