import { cellWidth, wrapCells } from '../cells.ts'
import type { Line, Span } from '../line.ts'

/** A line as several, none wider than `width`. */
export function wrapLine(spans: Line, width: number): readonly Line[] {
  const lines: Span[][] = [[]]
  let used = 0
  const add = (span: Span, text: string, cells: number): void => {
    lines.at(-1)!.push({ ...span, text })
    used += cells
  }
  for (const span of spans) {
    let rest = span.text
    while (rest !== '') {
      // Wide characters need two cells.
      if (width - used < 2 && cellWidth(rest.slice(0, 2)) > width - used) {
        lines.push([])
        used = 0
      }
      // No more is measured than can stand on a line.
      const near = rest.slice(0, (width - used) * 16)
      const [piece = ''] = wrapCells(near, width - used)
      add(span, piece, cellWidth(piece))
      rest = rest.slice(piece.length)
      if (rest !== '') {
        lines.push([])
        used = 0
      }
    }
  }
  return lines
}
