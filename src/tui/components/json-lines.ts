import { printable } from '../cells.ts'
import type { Line, Look, Span } from '../line.ts'

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * JSON on lines of its own, indented and with looks; nothing for text that is not JSON. Works on the text, not on what it
 * decodes to: numbers beyond 2^53, double keys and their order stay as they are.
 */
export function jsonLines(text: string): readonly Line[] | undefined {
  if (!/^\s*[[{"\d\-tfn]/.test(text) || !isJson(text)) return undefined
  const lines: Span[][] = [[]]
  let depth = 0
  const tokens = text.match(token) ?? []
  const breakLine = (): void => void lines.push([{ text: '  '.repeat(depth) }])
  for (const [at, piece] of tokens.entries()) {
    const next = tokens[at + 1]
    const here = lines.at(-1)!
    if (piece === '{' || piece === '[') {
      here.push({ text: piece })
      depth++
      if (next !== '}' && next !== ']') breakLine()
    } else if (piece === '}' || piece === ']') {
      depth--
      if (tokens[at - 1] !== '{' && tokens[at - 1] !== '[') breakLine()
      lines.at(-1)!.push({ text: piece })
    } else if (piece === ',') {
      here.push({ text: ',' })
      breakLine()
    } else if (piece === ':') here.push({ text: ': ' })
    else here.push({ text: printable(piece), look: lookOf(piece, next) })
  }
  return lines
}

function lookOf(piece: string, next: string | undefined): Look {
  if (piece.startsWith('"')) return next === ':' ? 'key' : 'string'
  return /^[-\d]/.test(piece) ? 'number' : 'accent'
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
