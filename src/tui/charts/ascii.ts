import { cellWidth } from '../cells.ts'

/** Signs of ours that a terminal without Unicode shows in another way, cell by cell. */
const substitutes: Readonly<Record<string, string>> = {
  '…': '~',
  '─': '-',
  '│': '|',
  '›': '>',
  '↑': '^',
  '↓': 'v',
  '∞': '-',
  '●': '*',
  '▁': '_',
  '▂': '.',
  '▃': '.',
  '▄': ':',
  '▅': ':',
  '▆': '|',
  '▇': '|',
  '█': '#',
}
/** By the number of dots in a braille character. */
const dots = ' .:::***#'

/** A text for terminals that know nothing but ASCII: as wide as before, and as much of it as can be shown. */
export function asciiText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  return text.replace(/\P{ASCII}\p{M}*/gu, character => {
    const code = character.codePointAt(0) ?? 0
    if (code >= 0x2800 && code <= 0x28ff) return dots[bitCount(code - 0x2800)] ?? ' '
    return substitutes[character] ?? '?'.repeat(cellWidth(character))
  })
}

/** Whether the terminal shows Unicode, as the locale says (POSIX: LC_ALL before LC_CTYPE before LANG). */
export function hasUnicode(variables: Readonly<Record<string, string | undefined>>): boolean {
  const locale = variables.LC_ALL || variables.LC_CTYPE || variables.LANG || ''
  // Without a locale there is hardly a terminal that would not: containers and remote shells leave it out.
  return locale === '' || /utf-?8/i.test(locale) || !/^(C|POSIX)$|\.(ascii|us-ascii|iso)/i.test(locale)
}

function bitCount(bits: number): number {
  let count = 0
  for (let left = bits; left > 0; left >>= 1) count += left & 1
  return count
}
