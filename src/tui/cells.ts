/** Longer clusters are not one character that people see, but a pile of combining marks: they are cut. */
const clusterUnitsMax = 16

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/**
 * Characters that take one cell each, whatever stands beside them: Latin, Greek, Cyrillic, dashes and dots, arrows, lines,
 * blocks, braille. Most texts hold no others, and to look into Unicode's tables for each was the largest cost of a frame.
 */
const oneCellEach =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u2190-\u2193\u221e\u2500-\u259f\u2800-\u28ff]*$/

/** The same with characters of two cells: kana, Chinese characters, Hangul, full-width forms. Nothing combines in them. */
const wide = '\\u3041-\\u3096\\u309b-\\u3247\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uff01-\\uff60'
const simple = new RegExp(`^(?:${oneCellEach.source.slice(1, -2)}|[${wide}])*$`)
const isWide = (code: number): boolean => code >= 0x3041

/** Exact widths, once they are loaded: the patterns in there take 70 to 100 ms to compile, a third of a start. */
let exactWidth: ((text: string) => number) | undefined

/** Loads the widths of emoji and rare scripts; until then they are guessed, for the first screen. */
export async function loadWidths(): Promise<void> {
  exactWidth ??= (await import('string-width')).default
}

function clusterWidth(text: string): number {
  if (exactWidth) return exactWidth(text)
  let cells = 0
  for (const { segment } of segmenter.segment(text)) cells += segment.codePointAt(0)! >= 0x1100 ? 2 : 1
  return cells
}

/** How many cells of the terminal a printable text takes: 2 for wide characters and emoji, 0 for combining marks. */
export function cellWidth(text: string): number {
  if (oneCellEach.test(text)) return text.length
  return simple.test(text) ? simpleWidth(text) : clusterWidth(text)
}

function simpleWidth(text: string): number {
  let cells = text.length
  for (let at = 0; at < text.length; at++) if (isWide(text.charCodeAt(at))) cells++
  return cells
}

/** The characters of a text as people count them, with the cells of each. */
function* characters(text: string): Generator<readonly [character: string, cells: number], void, void> {
  if (simple.test(text)) {
    for (let at = 0; at < text.length; at++) yield [text[at]!, isWide(text.charCodeAt(at)) ? 2 : 1]
    return
  }
  for (const { segment } of segmenter.segment(text)) yield [segment, clusterWidth(segment)]
}

/** A text of at most `width` cells; what is left out is told by an ellipsis. Reads no further than it must. */
export function clipCells(text: string, width: number): string {
  if (width <= 0) return ''
  if (text.length <= width && oneCellEach.test(text)) return text
  // Nothing beyond this can be seen, whatever stands before it.
  const near = text.length > width * clusterUnitsMax ? text.slice(0, width * clusterUnitsMax + 1) : text
  if (oneCellEach.test(near)) return near.length <= width ? near : `${near.slice(0, width - 1)}…`
  let cells = 0
  let fitting = 0
  let at = 0
  for (const [character, more] of characters(near)) {
    if (cells + more > width) return `${near.slice(0, fitting)}…`
    cells += more
    at += character.length
    // An ellipsis must have room if something follows.
    if (cells <= width - 1) fitting = at
  }
  return near.length < text.length ? `${near.slice(0, fitting)}…` : near
}

/** A text of exactly `width` cells: cut, or filled up on the side away from `align`. */
export function padCells(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const clipped = clipCells(text, width)
  const blanks = ' '.repeat(Math.max(0, width - cellWidth(clipped)))
  return align === 'left' ? clipped + blanks : blanks + clipped
}

/** Pieces of a text of at most `width` cells each, at least one. */
export function wrapCells(text: string, width: number): readonly string[] {
  const room = Math.max(2, width)
  const pieces: string[] = []
  if (oneCellEach.test(text)) {
    for (let at = 0; at < text.length; at += room) pieces.push(text.slice(at, at + room))
    return pieces.length > 0 ? pieces : ['']
  }
  let piece = ''
  let cells = 0
  for (const [character, more] of characters(text)) {
    if (cells + more > room) {
      pieces.push(piece)
      piece = ''
      cells = 0
    }
    piece += character
    cells += more
  }
  return [...pieces, piece]
}

const shortEscapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const suspicious = /[^\x20-\x7e]/
// Controls, surrogates without their partner, line separators, and what is not seen but changes how its neighbours are
// shown (bidirectional marks, invisible fillers). The joiner inside emoji stays.
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u3164\uffa0\u115f\u1160]|(?!\u200d)\p{Cf}/gu

/**
 * A text that others made, as it can be put on a terminal: no control character, escape sequence or invisible mark of
 * theirs changes the screen. What cannot be shown becomes visible: `\n`, `\u001b`.
 */
export function printable(text: string): string {
  if (!suspicious.test(text)) return text
  const shown = text.replace(
    unprintable,
    character => shortEscapes[character] ?? `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )
  return /\p{M}{4}|\u200d/u.test(shown) ? withoutPiles(shown) : shown
}

function withoutPiles(text: string): string {
  let shown = ''
  for (const { segment } of segmenter.segment(text)) {
    shown += segment.length > clusterUnitsMax ? String.fromCodePoint(segment.codePointAt(0)!) : segment
  }
  return shown
}
