import { expect, test } from 'vitest'
import { linearPattern } from '../../src/base/linear-pattern.ts'
import { PatternSyntaxError } from '../../src/base/pattern-syntax.ts'
import { seededRandom } from '../support/simulated-env.ts'

const yes = true
const no = false

test.each([
  ['orders', 'orders', yes],
  ['orders', 'orders-1', no],
  ['orders.*', 'orders-1', yes],
  ['.', '\n', no],
  ['.', '😀', yes],
  ['a|b|', '', yes],
  ['(a|b)+c', 'abac', yes],
  ['(?:a|(?<last>b)|(?P<other>d))+c', 'abdc', yes],
  ['a{2,3}', 'a', no],
  ['a{2,3}', 'aaa', yes],
  ['a{2,3}', 'aaaa', no],
  ['a{2,}', 'aaaaa', yes],
  ['a{0}b', 'b', yes],
  ['a{,3}', 'a{,3}', yes],
  ['x*?y+?z??', 'xxy', yes],
  ['[a-c_-]+', 'a_b-c', yes],
  ['[]x]+', 'x]', yes],
  ['[^a-c]', 'b', no],
  ['[^a-c]', 'd', yes],
  ['[\\d.]+', '1.2', yes],
  ['\\d\\D\\w\\W\\s\\S', '1aa- a', yes],
  ['\\.\\t\\x41\\x{1F600}', '.\tA😀', yes],
  ['^a$', 'a', yes],
  ['a^b', 'ab', no],
  ['(^|-)a(-|$)', 'a-', yes],
  ['\\Aa\\z', 'a', yes],
  ['', '', yes],
  ['', 'a', no],
])('%j against %j: %o', (pattern, text, expected) => {
  expect(linearPattern(pattern)(text)).toBe(expected)
})

test.each([
  '(',
  ')',
  'a)',
  '[',
  '[a',
  '[b-a]',
  '*',
  'a**',
  'a{3,2}',
  'a{1001}',
  '(?=a)',
  '(?i)a',
  '\\1',
  '\\b',
  '\\',
  '\\pL',
  '[[:alpha:]]',
  '\\x4',
  '\\x{110000}',
  '((a{100}){100})',
  'a'.repeat(1001),
  '[\\d-z]',
])('%j is no pattern', pattern => {
  expect(() => linearPattern(pattern)).toThrow(PatternSyntaxError)
})

test('what takes JavaScript for ever takes no time', () => {
  const matches = linearPattern('(((a*)*)*|a)*b')
  expect(matches('a'.repeat(30_000))).toBe(false)
  expect(matches(`${'a'.repeat(30_000)}b`)).toBe(true)
  expect(linearPattern('((((){1000}){1000}){1000}){1000}')('')).toBe(true)
})

test.each([1, 2, 3])('random patterns mean what they mean in JavaScript (seed %i)', seed => {
  const random = seededRandom(seed)
  const pick = <T>(options: readonly T[]): T => options[random.below(options.length)]!
  const pattern = (depth: number): string => {
    if (depth === 0) return pick(['a', 'b', '.', '[ab]', '[^a]', '^', '$', '\\w'])
    const inner = (): string => pattern(depth - 1)
    return pick([
      inner,
      () => inner() + inner(),
      () => `(?:${inner()}|${inner()})`,
      () => `(?:${inner()})${pick(['*', '+', '?', '{2}', '{1,2}'])}`,
    ])()
  }
  for (let time = 0; time < 300; time++) {
    const source = pattern(4)
    const ours = linearPattern(source)
    const theirs = new RegExp(`^(?:${source})$`)
    for (let length = 0; length < 5; length++) {
      const text = Array.from({ length }, () => pick(['a', 'b', 'c'])).join('')
      expect([source, text, ours(text)]).toEqual([source, text, theirs.test(text)])
    }
  }
})
