import { expect, test } from 'vitest'
import type { RecordsPage } from '../../../src/tui/data/record-questions.ts'
import { moveCursor, pageArrived, type RecordsWindow, windowAt } from '../../../src/tui/screens/records-window.ts'

const screenRows = 10
const total = 1_000_000
const pageRows = 200

/** A topic of one partition whose pages are places like `below 500`. */
function answer({ from, direction }: RecordsWindow['asked']): RecordsPage {
  const bound = from === '' ? total : Number(/\d+/.exec(from)?.[0])
  const highest = direction === 'older' ? bound - 1 : Math.min(total - 1, bound + pageRows - 1)
  const lowest = Math.max(0, direction === 'older' ? bound - pageRows : bound)
  const rows = Array.from({ length: Math.max(0, highest - lowest + 1) }, (_, at) => ({
    ...{ partition: 0, offset: highest - at, timestamp: 0, key: null, value: 'x' },
    ...{ keyBytes: -1, valueBytes: 1, headerCount: 0 },
  }))
  return {
    rows,
    focus: 0,
    older: lowest > 0 ? `below ${lowest}` : null,
    newer: highest < total - 1 ? `from ${highest + 1}` : null,
    arrived: 0,
    progress: { isDone: true, looked: 0, total: 0, reachedMs: null, failed: 0, failure: null },
  }
}

/** The window after a key, and after whatever it asked for has come. */
function moved(window: RecordsWindow, step: number): RecordsWindow {
  const next = moveCursor(window, window.cursor + step, screenRows)
  return next.answer ? next : pageArrived(next, next.asked, answer(next.asked))
}

const begun = (): RecordsWindow => {
  const window = windowAt('web', '', '', 1)
  return pageArrived(window, window.asked, answer(window.asked))
}

test('scrolling goes through every record once, in order, in the memory of a few pages', () => {
  let window = begun()
  for (let expected = total - 1; expected > total - 5_000; expected--) {
    expect(window.rows[window.cursor]?.offset).toBe(expected)
    expect(window.rows.length).toBeLessThanOrEqual(5 * pageRows)
    window = moved(window, 1)
  }
  for (let expected = window.rows[window.cursor]!.offset; expected < total; expected++) {
    expect(window.rows[window.cursor]?.offset).toBe(expected)
    expect(window.rows.length).toBeLessThanOrEqual(5 * pageRows)
    window = moved(window, -1)
  }
  expect(window.cursor).toBe(0)
})

test('the cursor stays on the screen', () => {
  let window = begun()
  for (const step of [1, 5, 9, 300, -2, 40, -400, 150, 1_000, -1, -9_999]) {
    window = moved(window, step)
    expect(window.cursor - window.top).toBeGreaterThanOrEqual(0)
    expect(window.cursor - window.top).toBeLessThan(screenRows)
  }
})

test('an answer to an earlier question changes nothing', () => {
  const window = windowAt('web', '', '', 2)
  expect(pageArrived(window, { ...window.asked, nth: 1 }, answer(window.asked))).toBe(window)
})

test('a jump puts the cursor where the page says, until somebody moves it', () => {
  const asked = windowAt('web', '500', '', 1)
  const page = answer(asked.asked)
  const half = { ...page, rows: page.rows.slice(0, 50), focus: 30, progress: { ...page.progress, isDone: false } }
  const first = pageArrived(asked, asked.asked, half)
  expect(first.cursor).toBe(30)
  expect(pageArrived(first, asked.asked, { ...page, focus: 100 }).cursor).toBe(100)
  const held = moveCursor(first, 31, screenRows)
  expect(pageArrived(held, asked.asked, { ...page, focus: 100 }).cursor).toBe(31)
})

test('how many have come since is told without touching the rows', () => {
  const window = begun()
  const later = pageArrived(window, window.asked, { ...window.answer!, arrived: 5 })
  expect(later.rows).toBe(window.rows)
  expect(later.answer?.arrived).toBe(5)
})
