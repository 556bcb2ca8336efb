import { expect, test } from 'vitest'
import { sourcesOf } from '../../../src/tui/model.ts'
import { after, data, effectsOf, keys, screenOf, someModel } from '../some-model.ts'

const row = (offset: number, value: string | null = `{"id":${offset}}`) => ({
  ...{ partition: 0, offset, timestamp: 1_700_000_000_000, key: `k${offset}`, value },
  ...{ keyBytes: 2, valueBytes: 8, headerCount: 0 },
})
const done = { isDone: true, looked: 3, total: 3, reachedMs: null, failed: 0, failure: null }
const page = { rows: [row(3), row(2), row(1)], focus: 0, older: null, newer: null, arrived: 0, progress: done }
const question = (more: object = {}) => ({
  ...{ kind: 'records', topic: 'web', from: '', direction: 'older', count: 200, where: '', nth: 1 },
  ...more,
})
const tail = (where = '') => ({ kind: 'tail', topic: 'web', count: 1_000, where })
const picture = (rows: readonly object[], seen: number) => ({
  ...{ rows, seen, rate: 50_000, skipped: 0, failed: 0, failure: null, notice: null },
})

const opened = after(someModel({ screen: 'records', argument: 'web' }), data(question(), page)).model
const asked = (model: typeof opened) => sourcesOf(model).find(({ kind }) => kind !== 'topics')

test('enter opens the record that the cursor is on, with its neighbours', () => {
  const detail = after(opened, ...keys('down', 'enter')).model
  expect(asked(detail)).toMatchObject({ kind: 'records' })
  expect(sourcesOf(detail).at(-1)).toEqual({ kind: 'record', topic: 'web', partition: 0, offset: 2 })
  expect(sourcesOf(after(detail, ...keys('ctrl-n')).model).at(-1)).toMatchObject({ offset: 1 })
  expect(sourcesOf(after(detail, ...keys('ctrl-p', 'ctrl-p', 'ctrl-p')).model).at(-1)).toMatchObject({ offset: 3 })
})

test('back from the records one by one, the cursor is on the last that was shown', () => {
  const back = after(opened, ...keys('enter', 'ctrl-n', 'ctrl-n', 'esc')).model
  expect(sourcesOf(after(back, ...keys('enter')).model).at(-1)).toMatchObject({ offset: 1 })
})

test('a live list holds while one of its records is looked at', () => {
  const live = after(opened, ...keys('l'), data(tail(), picture([row(5), row(4)], 2)), ...keys('enter')).model
  const back = after(live, data(tail(), picture([row(9), row(8)], 6)), ...keys('ctrl-n', 'esc')).model
  expect(screenOf(back)[0]).toContain('held, 4 more came')
  expect(sourcesOf(after(back, ...keys('enter')).model).at(-1)).toMatchObject({ offset: 4 })
})

test('a filter asks again from the newest, esc takes it away, and it comes back with up', () => {
  const filtered = after(opened, ...keys('/', '"value.id > 1"', 'enter')).model
  expect(asked(filtered)).toEqual(question({ where: 'value.id > 1', nth: 2 }))
  const cleared = after(filtered, ...keys('esc')).model
  expect(asked(cleared)).toMatchObject({ where: '' })
  expect(screenOf(after(cleared, ...keys('/', 'up')).model).at(-1)).toBe('/value.id > 1')
})

test('a filter that cannot be read is told, and changes nothing', () => {
  const broken = after(opened, ...keys('/', '"value.id ==="', 'enter')).model
  expect(broken.flash).toMatchObject({ look: 'bad', text: expect.stringContaining('no expression') })
  expect(asked(broken)).toEqual(question())
})

test('a search tells how far it is, and stops with ctrl-x', () => {
  const searching = after(opened, ...keys('/', '"rare"', 'enter')).model
  const source = asked(searching)!
  const progress = { ...done, isDone: false, looked: 400_000, total: 1_000_000, reachedMs: 1_700_000_000_000 }
  const halfway = after(searching, data(source, { ...page, rows: [], progress })).model
  expect(screenOf(halfway).join('\n')).toContain('searched 400k of 1M 40%, back to 2023-11-14 22:13:20; ctrl-x stops')
  const stopped = after(halfway, ...keys('ctrl-x')).model
  expect(asked(stopped)).toBeUndefined()
  expect(screenOf(stopped).join('\n')).toContain('stopped')
})

test('o goes to what is typed', () => {
  for (const place of ['1200', '@-10m', 'start', '2=7']) {
    expect(asked(after(opened, ...keys('o', `"${place}"`, 'enter')).model)).toMatchObject({ from: place })
  }
  expect(asked(after(opened, ...keys('o', 'enter')).model)).toEqual(question())
})

test('live: the newest on top; moving away holds the picture, f follows again', () => {
  const live = after(opened, ...keys('l'), data(tail(), picture([row(5), row(4)], 2))).model
  expect(screenOf(live)[0]).toContain('live 50k/s 2 seen')
  const held = after(live, ...keys('down'), data(tail(), picture([row(9), row(8)], 6))).model
  expect(screenOf(held).join('\n')).toContain('"id":5')
  expect(screenOf(held)[0]).toContain('held, 4 more came')
  const following = after(held, ...keys('f')).model
  expect(screenOf(following).join('\n')).toContain('"id":9')
  expect(asked(after(following, ...keys('l')).model)).toMatchObject({ kind: 'records' })
})

test('an empty topic says what to do', () => {
  const empty = after(someModel({ screen: 'records', argument: 'web' }), data(question(), { ...page, rows: [] })).model
  expect(screenOf(empty).join('\n')).toContain('p: produce one; l: wait for them')
})

test('the value is read as a whole before it is copied', () => {
  const change = after(opened, ...keys('c'))
  expect(effectsOf(change)).toEqual([
    {
      kind: 'work',
      work: { kind: 'readRecord', changes: false, topic: 'web', partition: 0, offset: 3, purpose: 'copy' },
    },
  ])
  const { work } = effectsOf(change)[0] as { work: { kind: string; changes: boolean } }
  const result = { value: Buffer.from('whole') }
  const from = change.effects[0]!.from
  const copied = after(change.model, { kind: 'done', from, work, result })
  expect(effectsOf(copied)).toEqual([{ kind: 'copy', text: 'whole', what: 'the value (5B)' }])
})

test('e reads the record as a whole and opens it in a form, or in the editor of the user', () => {
  const whole = { topic: 'web', partition: 0, offset: 3, key: null, value: Buffer.from('whole'), headers: [] }
  for (const hasEditor of [false, true]) {
    const change = after({ ...opened, hasEditor }, ...keys('e'))
    const { from, effect } = change.effects[0] as { from: number; effect: { work: { kind: string; changes: boolean } } }
    const read = after(change.model, { kind: 'done', from, work: effect.work, result: whole })
    if (hasEditor) expect(effectsOf(read)).toMatchObject([{ kind: 'editor', fileName: 'web-0-3.json' }])
    else expect(screenOf(read.model).join('\n')).toMatch(/Value +whole/)
  }
})

test('x writes all that are shown, under a name that can be changed', () => {
  const change = after(opened, ...keys('x', 'ctrl-u', '"all.ndjson"', 'enter'))
  const places = [3, 2, 1].map(offset => ({ partition: 0, offset }))
  expect(effectsOf(change)).toEqual([
    { kind: 'work', work: { kind: 'exportRecords', changes: false, topic: 'web', places, file: 'all.ndjson' } },
  ])
})

test('r produces again only once it was confirmed', () => {
  expect(effectsOf(after(opened, ...keys('r')))).toEqual([])
  expect(effectsOf(after(opened, ...keys('r', 'n')))).toEqual([])
  expect(effectsOf(after(opened, ...keys('r', 'y')))).toMatchObject([{ work: { kind: 'produceAgain', offset: 3 } }])
})
