import { expect, test } from 'vitest'
import { commonStart, insertText, recall, textLine, typeKey } from '../../src/tui/text-line.ts'

const key = (name: string, text = '') => ({ name, text })

/** A text with the cursor at `|`, a key, and the text afterwards. */
const cases: readonly (readonly [before: string, name: string, after: string])[] = [
  ['ab|', 'left', 'a|b'],
  ['|ab', 'left', '|ab'],
  ['a|b', 'right', 'ab|'],
  ['ab|', 'right', 'ab|'],
  ['ab|c', 'home', '|abc'],
  ['ab|c', 'ctrl-a', '|abc'],
  ['a|bc', 'ctrl-e', 'abc|'],
  ['ab|c', 'backspace', 'a|c'],
  ['|abc', 'backspace', '|abc'],
  ['a|bc', 'del', 'a|c'],
  ['one two|', 'ctrl-w', 'one |'],
  ['one two |three', 'ctrl-w', 'one |three'],
  ['one two|', 'alt-b', 'one |two'],
  ['|one two', 'alt-f', 'one| two'],
  ['ab|cd', 'ctrl-u', '|cd'],
  ['ab|cd', 'ctrl-k', 'ab|'],
  ['a👩‍👩‍👧‍👦|b', 'backspace', 'a|b'],
  ['a|👩‍👩‍👧‍👦b', 'right', 'a👩‍👩‍👧‍👦|b'],
  ['ae\u0301|', 'backspace', 'a|'],
]

test.each(cases)('%s, %s: %s', (before, name, after) => {
  const cursor = before.indexOf('|')
  const line = typeKey({ text: before.replace('|', ''), cursor }, key(name))!
  expect(`${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`).toBe(after)
})

test('a key that types nothing and means nothing is left to others', () => {
  expect(typeKey(textLine('a'), key('f5'))).toBeUndefined()
})

test('pasted text goes in where the cursor is', () => {
  expect(insertText({ text: 'ad', cursor: 1 }, 'bc')).toEqual({ text: 'abcd', cursor: 3 })
})

test('history goes back and forth, and ends with what was being typed', () => {
  const history = ['first', 'second']
  const one = recall(history, { at: -1, draft: 'typed' }, -1)
  const two = recall(history, { at: one.at, draft: 'typed' }, -1)
  expect([one.line.text, two.line.text]).toEqual(['second', 'first'])
  expect(recall(history, { at: two.at, draft: 'typed' }, -1).line.text).toBe('first')
  expect(recall(history, { at: one.at, draft: 'typed' }, 1).line.text).toBe('typed')
})

test('completions go on as far as they agree', () => {
  expect(commonStart(['value.id', 'value.item'])).toBe('value.i')
  expect(commonStart([])).toBe('')
})
