import { cellWidth, clipCells } from './cells.ts'

/**
 * How a piece of text looks, by what it means: colours are chosen in one place (paint.ts), and so is having none.
 */
export type Look =
  | 'plain'
  | 'dim'
  | 'bold'
  | 'head'
  | 'selected'
  | 'key'
  | 'number'
  | 'string'
  | 'good'
  | 'warning'
  | 'bad'
  | 'accent'
  | 'chart'

/** Some text in one look. Nothing in it moves the cursor: see `printable`. */
export interface Span {
  readonly text: string
  readonly look?: Look
}

/** One line of the screen, from left to right. */
export type Line = readonly Span[]

/** What a screen may fill. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

export const noLine: Line = []

/** A line of one piece. */
export function line(text: string, look: Look = 'plain'): Line {
  return [{ text, look }]
}

/** How many cells a line takes. */
export function lineWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + cellWidth(text), 0)
}

/** A line that takes exactly `width` cells: cut with an ellipsis, or filled with blanks in the look of `fill`. */
export function fitLine(spans: Line, width: number, fill: Look = 'plain'): Line {
  const fitted: Span[] = []
  let left = width
  for (const span of spans) {
    // An enormous text is not measured, only cut.
    const cells = span.text.length > (left + 1) * 32 ? Number.POSITIVE_INFINITY : cellWidth(span.text)
    if (cells <= left) {
      fitted.push(span)
      left -= cells
      continue
    }
    const text = clipCells(span.text, left)
    fitted.push({ ...span, text })
    left -= cellWidth(text)
    break
  }
  return left > 0 ? [...fitted, { text: ' '.repeat(left), look: fill }] : fitted
}

/** The whole line in one look, as wide as the screen: where the cursor is. */
export function barLine(spans: Line, width: number, look: Look): Line {
  return [{ text: textOf(fitLine(spans, width)), look }]
}

/** What stands on the left and what stands on the right of one line; the left one gives way. */
export function spreadLine(left: Line, right: Line, width: number): Line {
  const rightWidth = lineWidth(right)
  if (rightWidth + 1 >= width) return fitLine(left, width)
  return [...fitLine(left, width - rightWidth), ...right]
}

/** A line without its looks. */
export function textOf(spans: Line): string {
  return spans.map(({ text }) => text).join('')
}
