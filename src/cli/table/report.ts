import { OperatorError } from '../../base/errors.ts'
import type { OptionSpec } from '../command.ts'
import type { Output } from '../output.ts'
import { type Column, type Section, type TableStyle, table } from './table.ts'
import { type Data, toYaml } from './yaml.ts'

const formats = ['text', 'wide', 'json', 'yaml'] as const

/** How a command shows what it found: `formatOptions`, parsed. */
export interface FormatOptions {
  readonly format?: (typeof formats)[number]
  readonly json?: boolean
}

/** Options of all commands that show something. */
export const formatOptions: readonly OptionSpec[] = [
  {
    flags: '--format <format>',
    help: 'text and wide: tables for people; json: one object a line; yaml. Without it: a table on a terminal, exact values with tabs between in a pipe',
    choices: formats,
  },
  { flags: '--json', help: 'the same as --format json' },
]

/**
 * Shows what a command found on stdout, in the form that was asked for. The objects themselves are the JSON and YAML:
 * their field names are part of the program's interface, with units in the names and exact values. Tables are for people
 * and round; in a pipe, where nobody asked for a table, they are exact values with tabs between, and without titles.
 */
export class Report {
  /** Programs read it: what people are told besides can be left out. */
  readonly isData: boolean
  readonly isWide: boolean
  readonly #output: Output
  readonly #format: FormatOptions['format']
  #shown = 0

  constructor(output: Output, options: FormatOptions) {
    if (options.json && options.format && options.format !== 'json') {
      throw new OperatorError(`--json and --format ${options.format} exclude each other`)
    }
    this.#output = output
    this.#format = options.json ? 'json' : options.format
    this.isData = this.#format === 'json' || this.#format === 'yaml'
    this.isWide = this.#format === 'wide'
  }

  /** Many things of one kind: a table, a JSON object a line, or a YAML list. */
  rows<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
    if (this.#format === 'json') for (const row of rows) this.#output.json(row)
    else if (this.#format === 'yaml') this.#document(toYaml(rows as readonly Data[]))
    else this.#lines(table(rows, columns)(this.#style()))
  }

  /** One thing: sections with an empty line between, a JSON object on a line, or a YAML document. */
  thing(value: object, sections: readonly Section[]): void {
    if (this.#format === 'json') this.#output.json(value)
    else if (this.#format === 'yaml') this.#document(toYaml(value as Data))
    else {
      if (this.#shown > 0) this.#output.line('')
      for (const [at, section] of sections.entries()) {
        if (at > 0) this.#output.line('')
        this.#lines(section(this.#style()))
      }
      this.#shown++
    }
  }

  /** What was done to a thing: a remark for people; for programs that asked, an object. */
  done(result: object, remark: string): void {
    if (this.isData) this.thing(result, [])
    else this.#output.note(remark)
  }

  #document(yaml: string): void {
    this.#output.write(this.#shown > 0 ? `---\n${yaml}` : yaml)
    this.#shown++
  }

  #lines(lines: readonly string[]): void {
    for (const line of lines) this.#output.line(line)
  }

  #style(): TableStyle {
    const isAligned = this.#format !== undefined || this.#output.isTerminal
    return {
      layout: isAligned ? 'aligned' : 'tabs',
      isWide: this.isWide,
      title: text => this.#output.colour.bold(text),
    }
  }
}
