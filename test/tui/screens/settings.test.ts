import { expect, test } from 'vitest'
import { sourcesOf } from '../../../src/tui/model.ts'
import { after, data, effectsOf, keys, screenOf, someModel } from '../some-model.ts'
import { setting } from './pictures.ts'

const source = { kind: 'settings', ownerKind: 'topic', owner: 'web' }
const all = [
  setting('cleanup.policy', { value: 'delete', source: 'default' }),
  setting('retention.ms'),
  setting('secret', { value: null, isSensitive: true }),
  setting('zone', { isReadOnly: true }),
]
const opened = after(someModel({ screen: 'config', argument: 'web' }), data(source, all)).model
const text = (model: typeof opened): string => screenOf(model).join('\n')

test.each([
  ['', { ownerKind: 'broker', owner: '' }],
  ['web', { ownerKind: 'topic', owner: 'web' }],
  ['broker 1', { ownerKind: 'broker', owner: '1' }],
  ['topic broker', { ownerKind: 'topic', owner: 'broker' }],
])("':config %s' is about %j", (argument, expected) => {
  expect(sourcesOf(someModel({ screen: 'config', argument }))).toContainEqual({ kind: 'settings', ...expected })
})

test('what the cursor is on is explained, with what it overrides', () => {
  expect(text(after(opened, ...keys('down')).model)).toContain('604800000  (before default: log.retention.ms=1)')
})

test('i hides what has its default', () => {
  expect(text(opened)).toContain('cleanup.policy')
  expect(text(after(opened, ...keys('i')).model)).not.toContain('cleanup.policy')
})

test('secrets stay secret', () => {
  expect(text(opened)).toContain('(secret)')
})

test('e changes a setting; one that is read at the start says so', () => {
  const form = after(opened, ...keys('down', 'e')).model
  const sent = after(form, ...keys('ctrl-u', '"1000"', 'enter'))
  expect(effectsOf(sent)).toMatchObject([
    { kind: 'work', work: { kind: 'alterSetting', changes: true, owner: 'web', name: 'retention.ms' } },
  ])
  expect(after(opened, ...keys('down', 'down', 'down', 'e')).model.flash?.text).toContain('when a broker starts')
})
