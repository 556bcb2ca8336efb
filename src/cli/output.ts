import { Chalk, type ChalkInstance } from 'chalk'
import { ExitCode } from '../base/errors.ts'
import type { ProgramIo } from './command.ts'

/** A column of a table: its title, the value of a row, and whether it is a number. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | null
  readonly align?: 'left' | 'right'
}

/** Why a file that stdout was led into takes no more. */
const diskProblems: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file system takes no file of this size'],
])

const stdoutBytesMax = 4 * 1024 * 1024

/**
 * What a command says: data on stdout and nothing else there, remarks on stderr. On a terminal with colours and aligned
 * tables, in a pipe plain with tabs. The reader of stdout may go away: then writing does nothing, and `onClosed` is called.
 */
export class Output {
  /** Colours for stdout: none unless it is a terminal and NO_COLOR is not set. */
  readonly colour: ChalkInstance
  readonly isTerminal: boolean
  readonly #io: ProgramIo
  readonly #noteColour: ChalkInstance
  readonly #waiting: (() => void)[] = []
  #pendingBytes = 0
  #closedCode: number | undefined
  #isQuiet = false
  #progressShown = false

  constructor(io: ProgramIo, onClosed: () => void) {
    this.#io = io
    this.isTerminal = io.stdout.isTTY === true
    const isColourless = Boolean(io.variables.NO_COLOR) || io.variables.TERM === 'dumb'
    this.colour = new Chalk({ level: this.isTerminal && !isColourless ? 1 : 0 })
    this.#noteColour = new Chalk({ level: io.stderr.isTTY && !isColourless ? 1 : 0 })
    io.stdout.on('error', error => {
      const isReaderGone = (error as NodeJS.ErrnoException).code === 'EPIPE'
      if (!isReaderGone && !this.isClosed) this.#failedToWrite(error)
      this.#closedCode ??= isReaderGone ? ExitCode.ok : ExitCode.failure
      this.#wake()
      onClosed()
    })
    // Nobody is left to tell: a closed stderr must not end the program with a stack.
    io.stderr.on('error', () => {})
  }

  /** Nothing can be written any more. */
  get isClosed(): boolean {
    return this.#closedCode !== undefined
  }

  /** Once stdout is closed: 0 if its reader has gone, as `| head` does, 1 for a full disk and the like. */
  get closedCode(): number | undefined {
    return this.#closedCode
  }

  /** Writes bytes to stdout. Wait for `ready` now and then: that is how a slow reader slows the command. */
  write(bytes: Buffer | string, written?: () => void): void {
    if (this.isClosed) {
      written?.()
      return
    }
    this.clearProgress()
    const length = bytes.length
    this.#pendingBytes += length
    this.#io.stdout.write(bytes, () => {
      this.#pendingBytes -= length
      written?.()
      this.#wake()
    })
  }

  /** Resolves once stdout has taken all but a few MiB, or at `maxBytes` left. */
  async ready(maxBytes = stdoutBytesMax): Promise<void> {
    while (this.#pendingBytes > maxBytes && !this.isClosed) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      await promise
    }
  }

  /** Resolves once stdout has taken everything. */
  flush(): Promise<void> {
    return this.ready(0)
  }

  line(text: string): void {
    this.write(`${text}\n`)
  }

  /** One JSON value on a line of its own (NDJSON). */
  json(value: unknown): void {
    this.line(JSON.stringify(value))
  }

  /** Rows: aligned under titles on a terminal, tab-separated without titles in a pipe. */
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    if (!this.isTerminal) {
      for (const row of rows) this.line(columns.map(column => cell(column.value(row))).join('\t'))
      return
    }
    const cells = rows.map(row => columns.map(column => cell(column.value(row))))
    const widths = columns.map((column, at) => Math.max(column.title.length, ...cells.map(row => row[at]!.length)))
    const aligned = (texts: readonly string[]): string =>
      texts
        .map((text, at) => (columns[at]!.align === 'right' ? text.padStart(widths[at]!) : text.padEnd(widths[at]!)))
        .join('  ')
        .trimEnd()
    this.line(this.colour.bold(aligned(columns.map(column => column.title))))
    for (const row of cells) this.line(aligned(row))
  }

  quiet(): void {
    this.#isQuiet = true
  }

  /** A remark for people, on stderr. Not shown after `quiet`. */
  note(text: string): void {
    if (!this.#isQuiet) this.#say(text)
  }

  /** What went wrong, and what to do about it, on stderr. */
  failure(message: string, hint?: string): void {
    this.#say(`${this.#noteColour.red('streamctl:')} ${message}`)
    if (hint) this.#say(`${this.#noteColour.dim('  hint:')} ${hint}`)
  }

  #failedToWrite({ code = '', message }: NodeJS.ErrnoException): void {
    const reason = diskProblems.get(code)
    this.failure(
      `cannot write to standard output: ${reason ?? message}`,
      reason && 'what was written is cut somewhere: free some space or choose another place, and run the command again',
    )
  }

  /** How far a long piece of work is: one line on stderr that is written over, only on a terminal. */
  progress(text: () => string): void {
    if (this.#isQuiet || !this.#io.stderr.isTTY) return
    this.#io.stderr.write(`\r\u001b[K${text()}`)
    this.#progressShown = true
  }

  clearProgress(): void {
    if (!this.#progressShown) return
    this.#io.stderr.write('\r\u001b[K')
    this.#progressShown = false
  }

  #say(text: string): void {
    this.clearProgress()
    this.#io.stderr.write(`${text}\n`)
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

function cell(value: string | number | null): string {
  return value === null ? '-' : String(value)
}
