import { ExitCode, OperatorError } from '../base/errors.ts'

/** Called with the fields of each row, without their quotes, and the number of the line that the row begins on. */
export type OnRow = (fields: readonly string[], lineNumber: number) => void

/** No row may be longer: it is held in memory as a whole. */
const rowBytesMax = 64 * 1024 * 1024

const quote = 0x22
const newline = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

type State = 'start' | 'plain' | 'quoted' | 'closed'

/**
 * Cuts a stream of chunks into the rows of a CSV file (RFC 4180): fields in quotes may hold delimiters, newlines and doubled
 * quotes; lines end in LF or CRLF; empty lines are passed over. A quote within a field that did not begin with one is
 * an ordinary character, as spreadsheets have it. Throws `OperatorError` with the line for what cannot be read.
 */
export class CsvParser {
  readonly #onRow: OnRow
  readonly #delimiter: number
  #state: State = 'start'
  #fields: string[] = []
  /** Bytes of the field so far that earlier chunks brought, or that stand apart from the rest by a doubled quote. */
  #pieces: Buffer[] = []
  #rowBytes = 0
  #line = 1
  #rowLine = 1
  /** So many bytes of a byte order mark have been passed over at the beginning. */
  #markBytes = 0

  /** `delimiter` is one ASCII character. */
  constructor(onRow: OnRow, delimiter = ',') {
    this.#onRow = onRow
    this.#delimiter = delimiter.charCodeAt(0)
  }

  push(chunk: Buffer): void {
    let from = this.#passMark(chunk)
    for (let at = from; at < chunk.length; at++) from = this.#take(chunk, from, at)
    if (from < chunk.length && this.#state !== 'closed') this.#keep(chunk.subarray(from))
    // Bytes of a chunk are only ours during the call.
    if (this.#pieces.length > 0) this.#pieces = [Buffer.concat(this.#pieces)]
  }

  /** The stream has ended: a last row without a newline is a row. */
  end(): void {
    if (this.#state === 'quoted') {
      throw this.#broken('the input ends within quotes', 'half a row at its end? nothing of this row was written')
    }
    if (this.#state !== 'start' || this.#fields.length > 0 || this.#pieces.length > 0) this.#endRow()
  }

  /** Where the text begins in a chunk. */
  #passMark(chunk: Buffer): number {
    let at = 0
    for (; this.#markBytes < byteOrderMark.length && at < chunk.length; at++) {
      if (chunk[at] === byteOrderMark[this.#markBytes]) this.#markBytes++
      else {
        // It was none, or a letter that begins like one.
        if (this.#markBytes > 0) this.#state = 'plain'
        this.#keep(byteOrderMark.subarray(0, this.#markBytes))
        this.#markBytes = byteOrderMark.length
        break
      }
    }
    return at
  }

  /** Looks at one byte; where the bytes of the field begin that are not kept yet. */
  #take(chunk: Buffer, from: number, at: number): number {
    const byte = chunk[at]
    if (byte === newline) this.#line++
    switch (this.#state) {
      case 'quoted':
        if (byte !== quote) return from
        this.#keep(chunk.subarray(from, at))
        this.#state = 'closed'
        return at + 1
      case 'closed':
        if (byte === quote) {
          // A doubled quote: this one stays.
          this.#state = 'quoted'
          return at
        }
        if (byte === carriageReturn) return at + 1
        if (byte !== this.#delimiter && byte !== newline) {
          throw this.#broken('text behind a closing quote', 'a quote within quotes is written twice: ""')
        }
        break
      case 'start':
        if (byte === quote) {
          this.#state = 'quoted'
          return at + 1
        }
        this.#state = 'plain'
        break
      case 'plain':
    }
    return this.#endOfPlain(chunk, from, at)
  }

  #endOfPlain(chunk: Buffer, from: number, at: number): number {
    const byte = chunk[at]
    if (byte !== this.#delimiter && byte !== newline) return from
    if (this.#state === 'plain') this.#keep(chunk.subarray(from, at))
    if (byte === newline) this.#endRow()
    else this.#endField()
    return at + 1
  }

  #keep(bytes: Buffer): void {
    this.#rowBytes += bytes.length
    if (this.#rowBytes > rowBytesMax) {
      throw this.#broken(`the row is longer than ${rowBytesMax / 1024 / 1024} MiB`, 'is a closing quote missing?')
    }
    if (bytes.length > 0) this.#pieces.push(bytes)
  }

  #endField(isLast = false): void {
    const text = this.#pieces.length === 1 ? this.#pieces[0]!.toString() : Buffer.concat(this.#pieces).toString()
    const isPlain = this.#state === 'plain'
    this.#fields.push(isLast && isPlain && text.endsWith('\r') ? text.slice(0, -1) : text)
    this.#pieces = []
    this.#state = 'start'
  }

  #endRow(): void {
    this.#endField(true)
    const fields = this.#fields
    const line = this.#rowLine
    this.#fields = []
    this.#rowBytes = 0
    this.#rowLine = this.#line
    if (fields.length > 1 || fields[0] !== '') this.#onRow(fields, line)
  }

  #broken(problem: string, hint: string): OperatorError {
    return new OperatorError(`CSV, line ${this.#rowLine}: ${problem}`, { hint, exitCode: ExitCode.failure })
  }
}
