import { expect, test } from 'vitest'
import { matchingNames } from '../../../src/cli/admin/names.ts'

const names = ['orders', 'orders-dlq', 'web', 'web.clicks', 'webs']

test.each([
  [['web'], ['web']],
  [['web.*'], ['web', 'web.clicks', 'webs']],
  [['web|orders'], ['orders', 'web']],
  [
    ['.*-dlq', 'webs'],
    ['orders-dlq', 'webs'],
  ],
  [['eb'], []],
])('%j matches whole names', (patterns, matching) => expect(matchingNames(names, patterns)).toEqual(matching))

test('a pattern that cannot be read is told with the reason', () => {
  expect(() => matchingNames(names, ['*'])).toThrow(/^'\*' is no regular expression: /)
})
