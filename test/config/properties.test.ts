import { expect, test } from 'vitest'
import { parseProperties } from '../../src/config/properties.ts'

test('a file reads as java.util.Properties reads it', () => {
  // What java.util.Properties of Java 17 made of this text.
  const text =
    '# comment\n! also\n\n  a=1\nb : 2\nc 3\nd\\ e = f g \\\n    h\\\n\n\\:x\\=y=z\\u00e9\\t|\nempty=\nnokey\n=novalue\ne1==x\n' +
    'e2= = x\nwin=C:\\\\dir\\\\\ntab\tvalue\n   # indented comment\nodd=a\\\\\\\n  b\ncont\\\n  inued=yes\nuni=\\u4e2d\\u6587\n' +
    'last=no newline\\'
  const read = Object.fromEntries(parseProperties(text).map(({ name, value }) => [name, value]))
  expect(read).toEqual({
    '': 'novalue',
    ':x=y': 'zé\t|',
    a: '1',
    b: '2',
    c: '3',
    continued: 'yes',
    'd e': 'f g h',
    e1: '=x',
    e2: '= x',
    empty: '',
    last: 'no newline',
    nokey: '',
    odd: 'a\\b',
    tab: 'value',
    uni: '中文',
    win: 'C:\\dir\\',
  })
})

test('a property knows the line where it starts, however lines end', () => {
  const properties = parseProperties('\uFEFFa=1\r\n# comment\r\nb=2\\\r\n  3\rc=4\n')
  expect(properties).toEqual([
    { name: 'a', value: '1', line: 1 },
    { name: 'b', value: '23', line: 3 },
    { name: 'c', value: '4', line: 5 },
  ])
})

test('a broken unicode escape is refused with its line', () => {
  expect(() => parseProperties('a=1\nb=\\u00g1')).toThrow(/line 2/)
})
