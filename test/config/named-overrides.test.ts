import { expect, test } from 'vitest'
import { NamedOverrides } from '../../src/config/named-overrides.ts'

test('what is stored is what changed: text for what is new, null for what is gone', () => {
  const overrides = new NamedOverrides()
  expect(
    overrides.set(
      'readers',
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    ),
  ).toEqual({ a: '1', b: '2' })
  expect(
    overrides.set(
      'readers',
      new Map([
        ['b', '2'],
        ['c', '3'],
      ]),
    ),
  ).toEqual({ a: null, c: '3' })
  expect(overrides.names()).toEqual(['readers'])
  expect(overrides.set('readers', new Map())).toEqual({ b: null, c: null })
  expect([overrides.names(), overrides.get('readers').size, overrides.version]).toEqual([[], 0, 3])
})

test('what a later version stored is passed over', () => {
  const overrides = new NamedOverrides()
  const stored = new Map<string, Record<string, string>>([
    ['readers', { a: '1', future: 'x' }],
    ['writers', { future: 'x' }],
  ])
  expect(overrides.restore(stored, name => name === 'a')).toEqual(['future', 'future'])
  expect(overrides.names()).toEqual(['readers'])
})
