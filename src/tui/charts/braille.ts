/** Dots of a braille character by column and row (Unicode's block U+2800), from the top. */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const

/** A picture of dots, two by four in each cell of the terminal. */
export class BrailleCanvas {
  readonly columns: number
  readonly rows: number
  readonly #cells: Uint8Array

  /** A size in cells. */
  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#cells = new Uint8Array(columns * rows)
  }

  /** Sets a dot, counted from the left and from the bottom; dots outside are left out. */
  dot(x: number, y: number): void {
    const column = Math.floor(x / 2)
    const fromTop = this.rows * 4 - 1 - y
    const row = Math.floor(fromTop / 4)
    if (column < 0 || column >= this.columns || row < 0 || row >= this.rows) return
    this.#cells[row * this.columns + column]! |= dotBits[(x % 2) as 0 | 1][(fromTop % 4) as 0 | 1 | 2 | 3]
  }

  /** Dots from one height to another. */
  column(x: number, fromY: number, toY: number): void {
    for (let y = Math.min(fromY, toY); y <= Math.max(fromY, toY); y++) this.dot(x, y)
  }

  /** Rows of text from the top; cells without dots are blanks. */
  lines(): readonly string[] {
    return Array.from({ length: this.rows }, (_, row) =>
      Array.from(this.#cells.subarray(row * this.columns, (row + 1) * this.columns), bits =>
        bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits),
      ).join(''),
    )
  }
}
