import { cellWidth } from './cells.ts'
import { asciiText } from './charts/ascii.ts'
import type { Line, Look } from './line.ts'

/** Select Graphic Rendition (ECMA-48 8.3.117) of each look, with colours and without. */
const colours: Readonly<Record<Look, string>> = {
  plain: '',
  dim: '90',
  bold: '1',
  head: '1;36',
  selected: '30;46',
  key: '1;34',
  number: '33',
  string: '32',
  good: '32',
  warning: '33',
  bad: '1;31',
  accent: '35',
  chart: '36',
}

/** https://no-color.org: no colours, but what is bold or inverted may stay, or the selected row could not be told. */
const colourless: Readonly<Record<Look, string>> = {
  plain: '',
  dim: '',
  bold: '1',
  head: '1',
  selected: '7',
  key: '1',
  number: '',
  string: '',
  good: '',
  warning: '',
  bad: '1',
  accent: '',
  chart: '',
}

const plainAscii = /^[\x20-\x7e]*$/
const reset = '\u001b[0m'

/** Puts lines on a terminal, only those that have changed since the last time. */
export class Painter {
  readonly #looks: Readonly<Record<Look, string>>
  /** What stands on the screen, row by row. */
  #shown: readonly string[] = []
  readonly #textOf: (text: string) => string

  constructor(options: { readonly hasColour: boolean; readonly hasUnicode?: boolean }) {
    this.#looks = options.hasColour ? colours : colourless
    this.#textOf = options.hasUnicode === false ? asciiText : text => text
  }

  /** The screen may hold anything: the next frame is drawn as a whole. */
  forget(): void {
    this.#shown = []
  }

  /**
   * What to write so that the screen shows these lines; nothing if it does. Lines go to absolute places and the terminal
   * is told not to wrap, so that one whose width it sees in another way harms no other line.
   */
  frame(lines: readonly Line[]): string {
    const drawn = lines.map(spans => this.#paint(spans))
    const isWhole = this.#shown.length !== drawn.length
    const changes = drawn
      .map((text, row) => (isWhole || text !== this.#shown[row] ? `\u001b[${row + 1};1H\u001b[K${text}` : ''))
      .join('')
    this.#shown = drawn
    if (changes === '') return ''
    // Synchronized output (mode 2026): terminals that know it show the frame at once, others ignore it.
    return `\u001b[?2026h\u001b[?7l${isWhole ? '\u001b[2J' : ''}${changes}\u001b[?7h\u001b[?2026l`
  }

  #paint(spans: Line): string {
    let text = ''
    let column = 1
    let isUncertain = false
    for (const { text: given, look = 'plain' } of spans) {
      if (given === '') continue
      const piece = this.#textOf(given)
      // Terminals differ about the width of emoji and newer characters: what follows is put where it belongs.
      if (isUncertain) text += `\u001b[${column}G`
      const code = this.#looks[look]
      text += code === '' ? piece : `\u001b[${code}m${piece}${reset}`
      isUncertain = !plainAscii.test(piece)
      column += isUncertain ? cellWidth(piece) : piece.length
    }
    return text
  }
}
