import type { Key } from '../keys.ts'
import type { Form } from '../screen.ts'
import { insertText, type TextLine, textLine, typeKey } from '../text-line.ts'

/** A form that is being filled in. */
export interface FormState {
  readonly form: Form
  readonly lines: readonly TextLine[]
  readonly at: number
  /** What was wrong when it was sent. */
  readonly error?: { readonly field: string; readonly message: string }
}

export type FormStep =
  | { readonly kind: 'changed'; readonly form: FormState }
  | { readonly kind: 'submitted' }
  | { readonly kind: 'cancelled' }

export function openForm(form: Form): FormState {
  return { form, lines: form.fields.map(({ value }) => textLine(value)), at: 0 }
}

export function formValues({ form, lines }: FormState): Readonly<Record<string, string>> {
  return Object.fromEntries(form.fields.map(({ name }, at) => [name, lines[at]?.text ?? '']))
}

/** The form with the cursor where something is wrong. */
export function withFormError(
  state: FormState,
  error: { readonly field: string; readonly message: string },
): FormState {
  const at = state.form.fields.findIndex(({ name }) => name === error.field)
  return { ...state, error: { field: error.field, message: error.message }, at: at < 0 ? state.at : at }
}

/** Tab and arrows go between fields; ctrl-s sends from everywhere, enter from the last field and from one-line ones. */
export function formKey(
  state: FormState,
  input: { readonly kind: 'key'; readonly key: Key } | { readonly kind: 'paste'; readonly text: string },
): FormStep {
  const field = state.form.fields[state.at]!
  const value = state.lines[state.at]!
  if (input.kind === 'paste') {
    const text = field.isLong ? input.text.replace(/\r\n?/g, '\n') : input.text.replace(/[\r\n]+/g, ' ').trimEnd()
    return field.choices ? { kind: 'changed', form: state } : changed(state, insertText(value, text))
  }
  const { name } = input.key
  switch (name) {
    case 'esc':
      return { kind: 'cancelled' }
    case 'ctrl-s':
      return { kind: 'submitted' }
    case 'tab':
      return moved(state, 1)
    case 'backtab':
      return moved(state, -1)
    case 'up':
    case 'down':
      return verticalKey(state, name)
    case 'enter':
      if (field.isLong) return changed(state, insertText(value, '\n'))
      return { kind: 'submitted' }
    default:
      return field.choices ? chosen(state, field.choices, name) : changed(state, typeKey(value, input.key) ?? value)
  }
}

/** In a text of several lines, up and down move within it until its ends. */
function verticalKey(state: FormState, name: 'up' | 'down'): FormStep {
  const { text, cursor } = state.lines[state.at]!
  const isLong = state.form.fields[state.at]!.isLong
  const start = text.lastIndexOf('\n', cursor - 1) + 1
  const end = text.indexOf('\n', cursor)
  if (isLong && name === 'up' && start > 0) {
    const above = text.lastIndexOf('\n', start - 2) + 1
    return changed(state, { text, cursor: Math.min(above + cursor - start, start - 1) })
  }
  if (isLong && name === 'down' && end >= 0) {
    const below = text.indexOf('\n', end + 1)
    return changed(state, { text, cursor: Math.min(end + 1 + cursor - start, below < 0 ? text.length : below) })
  }
  return moved(state, name === 'up' ? -1 : 1)
}

function chosen(state: FormState, choices: readonly string[], key: string): FormStep {
  const step = key === 'left' ? -1 : key === 'right' || key === 'space' ? 1 : 0
  const at = choices.indexOf(state.lines[state.at]!.text)
  return changed(state, textLine(choices[(at + step + choices.length) % choices.length] ?? ''))
}

function moved(state: FormState, step: 1 | -1): FormStep {
  const count = state.form.fields.length
  return { kind: 'changed', form: { ...state, at: (state.at + step + count) % count } }
}

function changed(state: FormState, value: TextLine): FormStep {
  const { error: _, ...rest } = state
  return { kind: 'changed', form: { ...rest, lines: state.lines.map((line, at) => (at === state.at ? value : line)) } }
}
