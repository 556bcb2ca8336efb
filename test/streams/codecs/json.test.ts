import { expect, test } from 'vitest'
import { json, type StandardSchema } from '../../../src/streams/codecs/json.ts'

const refusing = (...issues: readonly { message: string; path?: readonly unknown[] }[]): StandardSchema<never> => ({
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) },
})
const decodeWith = (schema: StandardSchema<never>) => () => json(schema).decode(Buffer.from('{}'))

test('a value that its schema refuses is told with each place where it is wrong, up to three', () => {
  const [one, two] = [
    { message: 'no page', path: ['page'] },
    { message: 'no name', path: ['tags', { key: 0 }, 'name'] },
  ]
  expect(decodeWith(refusing(one))).toThrow(/^page: no page$/)
  expect(decodeWith(refusing(one, two))).toThrow(/^page: no page; tags\.0\.name: no name$/)
  expect(decodeWith(refusing(one, two, one, two, two))).toThrow(/page: no page; and 2 more$/)
})

test('a schema that says nothing of what is wrong is told as such', () => {
  expect(decodeWith(refusing())).toThrow('the value does not match its schema')
})
