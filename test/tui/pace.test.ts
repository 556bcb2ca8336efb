import { expect, test } from 'vitest'
import { FramePace } from '../../src/tui/pace.ts'

test('news are drawn 20 times a second, however many come', () => {
  const pace = new FramePace()
  let frames = 0
  for (let nowMs = 0; nowMs < 1_000; nowMs++) {
    if (pace.waitMs(nowMs, false) > 0) continue
    pace.drawn(nowMs)
    frames++
  }
  expect(frames).toBe(20)
})

test('a key is answered at once between two frames of news', () => {
  const pace = new FramePace()
  pace.drawn(0)
  expect(pace.waitMs(1, true)).toBe(0)
  expect(pace.waitMs(1, false)).toBe(49)
})

test('keys that repeat add up to 20 frames a second, not more, and none waits longer than one frame', () => {
  const pace = new FramePace()
  let frames = 0
  for (let nowMs = 0; nowMs < 10_000; nowMs += 10) {
    const waitMs = pace.waitMs(nowMs, true)
    expect(waitMs).toBeLessThanOrEqual(50)
    if (waitMs > 0) continue
    pace.drawn(nowMs)
    frames++
  }
  expect(frames).toBeLessThanOrEqual(201)
})
