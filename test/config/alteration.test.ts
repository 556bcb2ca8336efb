import { expect, test } from 'vitest'
import { type Alteration, altered } from '../../src/config/alteration.ts'
import { choices, InvalidSetting, int, type SettingFault } from '../../src/config/kinds.ts'

const doc = 'A test.'
const registry = {
  count: int({ default: 1, min: 1, doc }),
  words: choices(['a', 'b', 'c'], { default: ['a'], doc }),
}

const alter = (overrides: Record<string, string>, ...alterations: Alteration[]): Record<string, string> =>
  Object.fromEntries(altered(registry, 'test', new Map(Object.entries(overrides)), alterations, () => 'a'))

function faultOf(...alterations: Alteration[]): SettingFault {
  try {
    alter({}, ...alterations)
  } catch (error) {
    if (error instanceof InvalidSetting) return error.fault
    throw error
  }
  throw new Error('nothing was refused')
}

test('settings are set and deleted, the others stay', () => {
  expect(alter({ count: '2', words: 'b' }, { name: 'count', operation: 'set', value: ' 3 ' })).toEqual({
    count: '3',
    words: 'b',
  })
  expect(alter({ count: '2', words: 'b' }, { name: 'words', operation: 'delete', value: null })).toEqual({ count: '2' })
  expect(alter({}, { name: 'count', operation: 'delete', value: null })).toEqual({})
})

test('a list grows and shrinks, from what holds if it is not set here', () => {
  expect(alter({ words: 'b' }, { name: 'words', operation: 'append', value: 'c, b' })).toEqual({ words: 'b,c' })
  expect(alter({}, { name: 'words', operation: 'append', value: 'b' })).toEqual({ words: 'a,b' })
  expect(alter({ words: 'a,b,c' }, { name: 'words', operation: 'subtract', value: 'a,c,x' })).toEqual({ words: 'b' })
  expect(alter({}, { name: 'words', operation: 'subtract', value: 'a' })).toEqual({ words: '' })
})

test('a setting that this version no longer knows can still be removed', () => {
  expect(alter({ old: '1' }, { name: 'old', operation: 'delete', value: null })).toEqual({})
  expect(alter({}, { name: 'old', operation: 'delete', value: null })).toEqual({})
})

test('the overrides that are altered are not changed themselves', () => {
  const overrides = new Map([['count', '2']])
  altered(registry, 'test', overrides, [{ name: 'count', operation: 'set', value: '3' }], () => null)
  expect(overrides.get('count')).toBe('2')
})

test.each<[string, SettingFault, Alteration[]]>([
  ['an unknown name', 'config', [{ name: 'none', operation: 'set', value: '1' }]],
  ['a name of the language', 'config', [{ name: 'toString', operation: 'set', value: '1' }]],
  ['a value that is not taken', 'config', [{ name: 'count', operation: 'set', value: '0' }]],
  ['a word that is not taken', 'config', [{ name: 'words', operation: 'append', value: 'x' }]],
  ['appending to what is no list', 'config', [{ name: 'count', operation: 'append', value: '1' }]],
  ['no value', 'request', [{ name: 'count', operation: 'set', value: null }]],
  ['no value to append', 'request', [{ name: 'words', operation: 'append', value: null }]],
  [
    'the same name twice',
    'request',
    [
      { name: 'count', operation: 'set', value: '2' },
      { name: 'count', operation: 'delete', value: null },
    ],
  ],
])('%s is refused', (_name, fault, alterations) => {
  expect(faultOf(...alterations)).toBe(fault)
})
