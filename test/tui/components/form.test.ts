import { expect, test } from 'vitest'
import { type FormState, formKey, formValues, openForm, withFormError } from '../../../src/tui/components/form.ts'
import { formLines } from '../../../src/tui/components/form-view.ts'
import { textOf } from '../../../src/tui/line.ts'

const form = {
  id: 'some',
  title: 'Some form',
  fields: [
    { name: 'name', label: 'Name', value: '' },
    { name: 'text', label: 'Text', value: 'one', isLong: true },
    { name: 'kind', label: 'Kind', value: 'a', choices: ['a', 'b'] },
  ],
}

function press(state: FormState, ...names: readonly string[]): FormState | 'submitted' | 'cancelled' {
  let current = state
  for (const name of names) {
    const text = name.length === 1 ? name : ''
    const step = formKey(current, { kind: 'key', key: { name, text } })
    if (step.kind !== 'changed') return step.kind
    current = step.form
  }
  return current
}

/** Keys, and the values afterwards or how the form ends. */
const cases: readonly (readonly [keys: readonly string[], result: readonly string[] | 'submitted' | 'cancelled'])[] = [
  [
    ['x', 'y'],
    ['xy', 'one', 'a'],
  ],
  [['enter'], 'submitted'],
  [
    ['tab', 'enter', '2'],
    ['', 'one\n2', 'a'],
  ],
  [['tab', 'ctrl-s'], 'submitted'],
  [['esc'], 'cancelled'],
  [
    ['tab', 'tab', 'right'],
    ['', 'one', 'b'],
  ],
  [
    ['tab', 'tab', 'left'],
    ['', 'one', 'b'],
  ],
  [
    ['tab', 'tab', 'x'],
    ['', 'one', 'a'],
  ],
  [
    ['backtab', 'right'],
    ['', 'one', 'b'],
  ],
  [
    ['down', 'enter', 'x', 'up', 'y'],
    ['', 'oyne\nx', 'a'],
  ],
  [
    ['down', 'enter', 'x', 'up', 'up', 'y'],
    ['y', 'one\nx', 'a'],
  ],
]

test.each(cases)('%j: %j', (names, result) => {
  const ended = press(openForm(form), ...names)
  expect(typeof ended === 'string' ? ended : Object.values(formValues(ended))).toEqual(result)
})

test('the cursor goes to what is wrong, and the complaint goes with the next key', () => {
  const wrong = withFormError(openForm(form), { field: 'kind', message: 'no' })
  expect(wrong.at).toBe(2)
  expect(formLines(wrong, { columns: 40, rows: 20 }).map(textOf).at(-1)).toBe('no')
  expect((press(wrong, 'right') as FormState).error).toBeUndefined()
})

test('pasted lines stay lines in a long field, and become one in others', () => {
  const paste = (state: FormState) => formKey(state, { kind: 'paste', text: 'a\r\nb\n' }) as { form: FormState }
  expect(formValues(paste(openForm(form)).form).name).toBe('a b')
  expect(formValues(paste(press(openForm(form), 'tab') as FormState).form).text).toBe('onea\nb\n')
})
