import { cellWidth, printable, wrapCells } from '../cells.ts'
import type { Line, Size } from '../line.ts'
import type { Field } from '../screen.ts'
import type { TextLine } from '../text-line.ts'
import type { FormState } from './form.ts'

/** Rows that a text of several lines gets at most. */
const longRowsMax = 8

/** A form as lines: a title, its fields, and what is said about the field that the cursor is in. */
export function formLines(state: FormState, size: Size): readonly Line[] {
  const { form, at, error } = state
  const labelWidth = Math.min(20, Math.max(...form.fields.map(({ label }) => cellWidth(label))))
  const roomy = Math.max(1, Math.min(longRowsMax, size.rows - form.fields.length - 3))
  const fields = form.fields.map((field, index) =>
    fieldLines(field, state.lines[index]!, {
      labelWidth,
      isCurrent: index === at,
      width: Math.max(4, size.columns - labelWidth - 3),
      rows: field.isLong ? roomy : 1,
    }),
  )
  const said: Line = error
    ? [{ text: printable(error.message), look: 'bad' }]
    : [{ text: form.fields[at]?.help ?? '', look: 'dim' }]
  // On small terminals the fields before the cursor's give way.
  const room = Math.max(1, size.rows - 3)
  let first = 0
  while (first < at && fields.slice(first, at + 1).flat().length > room) first++
  return [[{ text: printable(form.title), look: 'bold' }], ...fields.slice(first).flat().slice(0, room), said]
}

interface FieldPlace {
  readonly labelWidth: number
  readonly isCurrent: boolean
  readonly width: number
  readonly rows: number
}

function fieldLines(
  field: Field,
  value: TextLine,
  { labelWidth, isCurrent, width, rows }: FieldPlace,
): readonly Line[] {
  const label = { text: `${field.label.padEnd(labelWidth)}  `, look: isCurrent ? ('key' as const) : ('dim' as const) }
  if (field.choices) {
    const choices = field.choices.map(choice => ({
      text: ` ${choice || '-'} `,
      look: choice === value.text ? (isCurrent ? ('selected' as const) : ('bold' as const)) : ('dim' as const),
    }))
    return [[label, ...choices]]
  }
  const indent = { text: ' '.repeat(labelWidth + 2) }
  return textRows(value, { width, rows, isCurrent }).map((spans, at) => [at === 0 ? label : indent, ...spans])
}

/** The rows of a text around its cursor. */
function textRows(
  { text, cursor }: TextLine,
  { width, rows, isCurrent }: { readonly width: number; readonly rows: number; readonly isCurrent: boolean },
): readonly Line[] {
  if (!isCurrent) {
    return text
      .split('\n')
      .slice(0, rows)
      .map(part => [{ text: printable(part.slice(0, width * 4)) }])
  }
  const before = text.slice(0, cursor).split('\n')
  const row = before.length - 1
  const lines = text.split('\n')
  const first = Math.max(0, Math.min(row - rows + 1, lines.length - rows), row - rows + 1)
  return lines.slice(first, first + rows).map((part, at) => {
    if (first + at !== row) return [{ text: printable(part.slice(0, width * 4)) }]
    const column = before[row]!.length
    // Where the line is longer than the field, its last part up to the cursor is shown.
    const left = wrapCells(printable(part.slice(0, column)), width - 2)
    const shown =
      left.length > 1
        ? `…${left
            .slice(-2)
            .join('')
            .slice(-(width - 2))}`
        : (left[0] ?? '')
    return [
      { text: shown },
      { text: printable(part.slice(column, column + 1)) || ' ', look: 'selected' },
      { text: printable(part.slice(column + 1, column + 1 + width)) },
    ]
  })
}
