import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { logLevel, systemClock } from '../../src/base/system-env.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a timer of more than 25 days, which Node would fire at once, waits its time', () => {
  const fired = vi.fn()
  const days40 = 40 * 24 * 3_600_000
  systemClock.after(days40, fired)
  vi.advanceTimersByTime(days40 - 1)
  expect(fired).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(fired).toHaveBeenCalledOnce()
})

test('a cancelled timer does nothing, in whichever step it is', () => {
  const fired = vi.fn()
  const timer = systemClock.after(2 ** 31 + 1000, fired)
  vi.advanceTimersByTime(2 ** 31)
  timer.cancel()
  vi.advanceTimersByTime(5000)
  expect(fired).not.toHaveBeenCalled()
})

test.each([
  ['debug', 'debug'],
  ['error', 'error'],
  ['loud', 'info'],
  [undefined, 'info'],
])('the log level %j is %s', (text, level) => {
  expect(logLevel(text)).toBe(level)
})
