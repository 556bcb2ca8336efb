import { humaneBytes, humaneDuration, humaneTime } from './humane.ts'

export type Cell = string | number | boolean | null

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => Cell
  /** What kind of number it holds: those stand on the right, and people see them in units. Without it: text. */
  readonly as?: 'number' | 'bytes' | 'milliseconds' | 'timestamp'
  /** Shown with --format wide only. */
  readonly isWide?: boolean
}

/** How a table looks: aligned for people, or exact values with tabs between for programs. */
export interface TableStyle {
  readonly layout: 'aligned' | 'tabs'
  readonly isWide: boolean
  readonly title: (text: string) => string
}

/** A part of what is shown of one thing: its lines in a style. */
export type Section = (style: TableStyle) => readonly string[]

/** Rows under titles. Nothing, not even titles, where there are no rows in tabs. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Section {
  return style => {
    const shown = columns.filter(({ isWide }) => style.isWide || !isWide)
    if (style.layout === 'tabs') {
      return rows.map(row => shown.map(column => printable(exact(column.value(row)))).join('\t'))
    }
    const cells = rows.map(row => shown.map(column => printable(humane(column, column.value(row)))))
    const widths = shown.map((column, at) => Math.max(column.title.length, ...cells.map(row => width(row[at]!))))
    const aligned = (texts: readonly string[]): string =>
      texts
        .map((text, at) => {
          const padding = ' '.repeat(widths[at]! - width(text))
          return shown[at]!.as === undefined ? text + padding : padding + text
        })
        .join('  ')
        .trimEnd()
    return [style.title(aligned(shown.map(({ title }) => title))), ...cells.map(aligned)]
  }
}

/** A fact: its name and value, and the kind of number that it is. */
export type Fact = readonly [name: string, value: Cell, as?: Column<unknown>['as']]

/** Names and values of one thing, one on a line. */
export function facts(pairs: readonly Fact[]): Section {
  return style => {
    const isAligned = style.layout === 'aligned'
    const nameWidth = Math.max(...pairs.map(([name]) => width(name)))
    return pairs.map(([name, value, as]) => {
      const text = printable(isAligned ? humane({ as }, value) : exact(value))
      return isAligned
        ? `${style.title(name)}${' '.repeat(nameWidth - width(name))}  ${text}`.trimEnd()
        : `${name}\t${text}`
    })
  }
}

function exact(value: Cell): string {
  return value === null ? '-' : String(value)
}

function humane({ as }: Pick<Column<never>, 'as'>, value: Cell): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value !== 'number') return exact(value)
  switch (as) {
    case 'bytes':
      return humaneBytes(value)
    case 'milliseconds':
      return humaneDuration(value)
    case 'timestamp':
      return humaneTime(value)
    case 'number':
    case undefined:
      return String(value)
  }
}

/** Names and values come from others: no tab or escape sequence of theirs shall change the table or the terminal. */
function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    character => shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const shortEscapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function width(text: string): number {
  return [...text].length
}
