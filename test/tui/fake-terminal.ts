import { PassThrough, Writable } from 'node:stream'
import { cellWidth } from '../../src/tui/cells.ts'

/** A terminal that understands what our painter and ink write: enough to know what stands on its screen. */
export class FakeTerminal {
  readonly columns: number
  readonly rows: number
  readonly stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => {
      this.isRaw = isRaw
    },
    ref: () => {},
    unref: () => {},
  })
  readonly stdout: Writable & { isTTY: boolean; columns: number; rows: number }
  isRaw = false
  isAlternate = false
  hasCursor = true
  wraps = true
  frames = 0
  written = ''
  #cells: string[][] = []
  #row = 0
  #column = 0

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#clear()
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        this.take(String(chunk))
        done()
      },
    })
    this.stdout = Object.assign(stream, { isTTY: true, columns, rows })
  }

  /** What stands there, without blanks at the ends of lines. */
  get lines(): readonly string[] {
    return this.#cells.map(cells => cells.join('').trimEnd())
  }

  take(text: string): void {
    this.written += text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of them
    for (const [piece] of text.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|[\s\S]/gu)) {
      if (piece.startsWith('\u001b[')) this.#control(piece.slice(2, -1), piece.at(-1)!)
      else if (!piece.startsWith('\u001b]')) this.#put(piece)
    }
  }

  #control(parameters: string, final: string): void {
    const [first = 1, second = 1] = parameters.split(';').map(text => Number(text) || 1)
    if (final === 'H') {
      this.#row = first - 1
      this.#column = second - 1
    } else if (final === 'G') this.#column = first - 1
    else if (final === 'K') this.#cells[this.#row]!.fill(' ', this.#column)
    else if (final === 'J') this.#clear()
    else if (final === 'h' || final === 'l') this.#mode(parameters, final === 'h')
  }

  #mode(parameters: string, isOn: boolean): void {
    if (parameters === '?1049') {
      this.isAlternate = isOn
      this.#clear()
    } else if (parameters === '?25') this.hasCursor = isOn
    else if (parameters === '?7') this.wraps = isOn
    else if (parameters === '?2026' && isOn) this.frames++
  }

  #put(character: string): void {
    if (character === '\n') {
      if (this.#row < this.rows - 1) this.#row++
      else this.#cells = [...this.#cells.slice(1), Array.from({ length: this.columns }, () => ' ')]
    } else if (character === '\r') this.#column = 0
    else {
      const width = cellWidth(character)
      // Combining marks and joiners belong to the character before.
      if (width === 0) this.#cells[this.#row]![Math.max(0, this.#column - 1)] += character
      else {
        const at = Math.min(this.#column, this.columns - width)
        this.#cells[this.#row]![at] = character
        if (width === 2) this.#cells[this.#row]![at + 1] = ''
        this.#column = Math.min(at + width, this.columns)
      }
    }
  }

  #clear(): void {
    this.#cells = Array.from({ length: this.rows }, () => Array.from({ length: this.columns }, () => ' '))
  }
}
