import { expect, test } from 'vitest'
import { exportBytes } from '../../../src/tui/screens/record-export.ts'
import { editedEffect, editorText, produceEffect, produceForm } from '../../../src/tui/screens/record-forms.ts'

const values = { key: '', value: 'v', kind: 'value', headers: '', partition: '' }

/** What is typed into the form, and the record that it is, or the field that is wrong. */
const cases: readonly (readonly [typed: Record<string, string>, result: object])[] = [
  [{}, { key: null, value: Buffer.from('v'), headers: [], partition: undefined }],
  [
    { key: 'k', partition: ' 2 ' },
    { key: Buffer.from('k'), partition: 2 },
  ],
  [{ value: '' }, { value: Buffer.alloc(0) }],
  [{ kind: 'null (tombstone)' }, { value: null }],
  [
    { headers: 'a: 1\n\nb:x: y' },
    {
      headers: [
        { key: 'a', value: Buffer.from('1') },
        { key: 'b', value: Buffer.from('x: y') },
      ],
    },
  ],
  [{ headers: 'no colon' }, { kind: 'formError', field: 'headers' }],
  [{ partition: '-1' }, { kind: 'formError', field: 'partition' }],
]

test.each(cases)('%j', (typed, result) => {
  const effect = produceEffect('web', { ...values, ...typed })
  const record = effect.kind === 'work' ? (effect.work.record as object) : effect
  expect(record).toMatchObject(result)
})

const binary = {
  key: Buffer.from([0xff, 0xfe]),
  value: Buffer.from('text'),
  headers: [{ key: 'h', value: null }],
  partition: 1,
}

test('what an editor gets and gives back is the same record, bytes that are not text, too', () => {
  const effect = editedEffect('web', editorText(binary))
  expect(effect).toMatchObject({ kind: 'confirm', confirmation: { work: { topic: 'web', record: binary } } })
})

test('what an editor gives back broken produces nothing, and says why', () => {
  expect(editedEffect('web', '{')).toMatchObject({ kind: 'flash', look: 'bad' })
})

test('a form takes text only', () => {
  expect(produceForm('web', binary)).toBeUndefined()
  expect(produceForm('web', { ...binary, key: null, headers: [] })?.fields[1]?.value).toBe('text')
})

test("a file's name says how records are written", () => {
  const record = { topic: 'web', partition: 0, offset: 7, timestamp: 1, timestampType: 'CreateTime' as const }
  const records = ['a', 'b'].map(value => ({ ...record, key: null, value: Buffer.from(value), headers: [] }))
  expect(exportBytes(records, 'x.bin').toString()).toBe('ab')
  expect(exportBytes(records, 'x.txt').toString()).toBe('a\nb\n')
  expect(
    exportBytes(records, 'x.ndjson')
      .toString()
      .split('\n')
      .map(text => text && JSON.parse(text).value),
  ).toEqual(['a', 'b', ''])
})
