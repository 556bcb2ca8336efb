import { cellWidth, wrapCells } from '../cells.ts'
import { type Line, lineWidth, type Span } from '../line.ts'

/** A line as several, none wider than `columns`. */
export function wrapLine(spans: Line, columns: number): readonly Line[] {
  // A wide character fits nowhere else: on a terminal of one column it is cut later.
  const width = Math.max(2, columns)
  if (lineWidth(spans) <= width) return [spans]
  const lines: Span[][] = [[]]
  let used = 0
  for (const span of spans) {
    const first = firstPiece(span.text, width - used)
    const rest = span.text.slice(first.length)
    if (first !== '') lines.at(-1)!.push({ ...span, text: first })
    used += cellWidth(first)
    if (rest === '') continue
    const pieces = wrapCells(rest, width)
    for (const text of pieces) lines.push([{ ...span, text }])
    used = cellWidth(pieces.at(-1)!)
  }
  return lines
}

/** What of a text fits behind others; nothing where the room is too small for a wide character. */
function firstPiece(text: string, room: number): string {
  // No more is measured than can stand there.
  return room < 2 ? '' : (wrapCells(text.slice(0, room * 16), room)[0] ?? '')
}
