import type { RecordsPage, RecordsQuestion } from '../data/record-questions.ts'
import type { RecordRow } from '../record-row.ts'

/**
 * The stretch of a topic that is in memory: a few pages, one behind the other, newest first. Whoever goes beyond them gets
 * the next page and loses the farthest one, so that a million records are passed through in the memory of a thousand.
 */
export interface RecordsWindow {
  /** Pages that are complete. */
  readonly pages: readonly RecordsPage[]
  /** The page that is being read, and what has come of it; it stands before the others or behind them. */
  readonly asked: RecordsQuestion
  readonly answer: RecordsPage | undefined
  readonly isInFront: boolean
  /** All pages' rows. */
  readonly rows: readonly RecordRow[]
  readonly cursor: number
  /** Row at the top of the screen. */
  readonly top: number
  /** The cursor goes to the page's focus, which changes while it is read. */
  readonly isJumping: boolean
}

const pageCount = 200
const pagesMax = 5

/** Begins somewhere: '' is the newest, the rest as people type it. `nth` tells it from an earlier question. */
export function windowAt(topic: string, from: string, where: string, nth: number): RecordsWindow {
  const asked: RecordsQuestion = { kind: 'records', topic, from, direction: 'older', count: pageCount, where, nth }
  return { pages: [], asked, answer: undefined, isInFront: false, rows: [], cursor: 0, top: 0, isJumping: true }
}

/** What came for a question; nothing changes if it is not the one that is asked. */
export function pageArrived(window: RecordsWindow, question: RecordsQuestion, page: RecordsPage): RecordsWindow {
  const { asked, answer, isJumping } = window
  if (question.nth !== asked.nth || question.from !== asked.from || question.direction !== asked.direction)
    return window
  // Often only the number of those that have come since has changed.
  const arrived = answer?.rows === page.rows ? { ...window, answer: page } : arranged({ ...window, answer: page })
  if (!isJumping || page.rows.length === 0) return arrived
  const cursor = Math.min(page.focus, page.rows.length - 1)
  return { ...arrived, cursor, isJumping: !page.progress.isDone }
}

function pagesOf({ pages, answer, isInFront }: RecordsWindow): readonly RecordsPage[] {
  if (!answer) return pages
  return isInFront ? [answer, ...pages] : [...pages, answer]
}

/** The rows of the pages as they are now, under the same cursor. */
function arranged(window: RecordsWindow): RecordsWindow {
  const rows = pagesOf(window).flatMap(page => page.rows)
  const current = window.rows[window.cursor]
  const at = current ? rows.findIndex(row => isSame(row, current)) : -1
  const cursor = at >= 0 ? at : Math.max(0, Math.min(window.cursor, rows.length - 1))
  return { ...window, rows, cursor, top: Math.max(0, window.top + cursor - window.cursor) }
}

export function isSame(a: RecordRow, b: RecordRow): boolean {
  return a.partition === b.partition && a.offset === b.offset
}

/** The cursor somewhere else, and the next page on its way where it comes near the end of what is here. */
export function moveCursor(window: RecordsWindow, cursor: number, screenRows: number): RecordsWindow {
  const at = Math.max(0, Math.min(cursor, window.rows.length - 1))
  const lowest = Math.max(0, at - screenRows + 1)
  const moved = { ...window, cursor: at, top: Math.min(Math.max(window.top, lowest), at), isJumping: false }
  if (!window.answer?.progress.isDone) return moved
  if (at >= moved.rows.length - screenRows) return asking(moved, 'older')
  return at < screenRows ? asking(moved, 'newer') : moved
}

/** What is on screen is all that is there, in that direction. */
export function isAtEnd(window: RecordsWindow, direction: 'older' | 'newer'): boolean {
  return placeBeyond(window, direction) === undefined
}

function placeBeyond(window: RecordsWindow, direction: 'older' | 'newer'): string | undefined {
  const pages = pagesOf(window)
  return (direction === 'older' ? pages.at(-1)?.older : pages[0]?.newer) ?? undefined
}

/** Asks for the next page in a direction, if there is one; the farthest page on the other side goes. */
function asking(window: RecordsWindow, direction: 'older' | 'newer'): RecordsWindow {
  const from = placeBeyond(window, direction)
  if (from === undefined) return window
  const all = pagesOf(window)
  const pages = direction === 'older' ? all.slice(1 - pagesMax) : all.slice(0, pagesMax - 1)
  const asked = { ...window.asked, from, direction }
  return arranged({ ...window, pages, asked, answer: undefined, isInFront: direction === 'newer' })
}
