import type { Key } from './keys.ts'

/** A text that is being typed; the cursor stands before the character at `cursor`. */
export interface TextLine {
  readonly text: string
  readonly cursor: number
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

export function textLine(text: string): TextLine {
  return { text, cursor: text.length }
}

/** The text after a key, with the keys of every shell; nothing for a key that means nothing here. */
export function typeKey({ text, cursor }: TextLine, key: Key): TextLine | undefined {
  const before = text.slice(0, cursor)
  const behind = text.slice(cursor)
  switch (key.name) {
    case 'left':
    case 'ctrl-b':
      return { text, cursor: shortened(before).length }
    case 'right':
    case 'ctrl-f':
      return { text, cursor: cursor + firstCharacter(behind).length }
    case 'home':
    case 'ctrl-a':
      return { text, cursor: 0 }
    case 'end':
    case 'ctrl-e':
      return { text, cursor: text.length }
    case 'alt-b':
    case 'ctrl-left':
      return { text, cursor: withoutWord(before).length }
    case 'alt-f':
    case 'ctrl-right':
      return { text, cursor: cursor + (/^\s*\S*/.exec(behind)?.[0].length ?? 0) }
    case 'backspace':
      return { text: shortened(before) + behind, cursor: shortened(before).length }
    case 'del':
      return { text: before + behind.slice(firstCharacter(behind).length), cursor }
    case 'ctrl-w':
    case 'alt-backspace':
      return { text: withoutWord(before) + behind, cursor: withoutWord(before).length }
    case 'ctrl-u':
      return { text: behind, cursor: 0 }
    case 'ctrl-k':
      return { text: before, cursor }
    default:
      return key.text === '' ? undefined : insertText({ text, cursor }, key.text)
  }
}

export function insertText({ text, cursor }: TextLine, inserted: string): TextLine {
  return { text: text.slice(0, cursor) + inserted + text.slice(cursor), cursor: cursor + inserted.length }
}

/** One entry back (-1) or forth (1) in what was typed before; `at` counts from the newest, -1 is what is typed now. */
export function recall(
  history: readonly string[],
  { at, draft }: { readonly at: number; readonly draft: string },
  step: -1 | 1,
): { readonly at: number; readonly line: TextLine } {
  const next = Math.min(history.length - 1, Math.max(-1, at - step))
  return { at: next, line: textLine(next < 0 ? draft : history[history.length - 1 - next]!) }
}

/** What several completions have in common at their beginning. */
export function commonStart(words: readonly string[]): string {
  const [first = '', ...others] = words
  let length = first.length
  for (const word of others) {
    while (!word.startsWith(first.slice(0, length))) length--
  }
  return first.slice(0, length)
}

function withoutWord(text: string): string {
  return text.replace(/\S*\s*$/, '')
}

/** Without its last character as people count them: an emoji goes as a whole. */
function shortened(text: string): string {
  const characters = [...segmenter.segment(text.slice(-64))]
  return text.slice(0, text.length - (characters.at(-1)?.segment.length ?? 0))
}

function firstCharacter(text: string): string {
  for (const { segment } of segmenter.segment(text.slice(0, 64))) return segment
  return ''
}
