import { expect, test } from 'vitest'
import { compileGlob, isGlob } from '../../src/cli/glob.ts'

test.each([
  ['web.*', ['web.', 'web.a.b'], ['web', 'webs', 'a.web.b']],
  ['log-?', ['log-1'], ['log-', 'log-12']],
  ['[ab]*', ['a', 'bc'], ['c', '']],
  ['[!ab]c', ['cc'], ['ac']],
  ['a[', ['a['], ['a']],
  ['*', ['', 'anything'], []],
  ['a+b', ['a+b'], ['aab']],
] as const)("'%s' matches", (pattern, matching, others) => {
  const matches = compileGlob(pattern)
  expect({ matching: matching.filter(matches), others: others.filter(matches) }).toEqual({
    matching: [...matching],
    others: [],
  })
})

test('a name without such characters is a name', () => {
  expect(['web', 'a.b-c_d', 'web*', 'w?', '[w]'].map(isGlob)).toEqual([false, false, true, true, true])
})
