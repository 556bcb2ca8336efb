import { expect, test } from 'vitest'
import { loadSettings, settingTable } from '../../src/storage/setting-table.ts'
import { freshDatabase } from './fixtures.ts'

test('settings are set, replaced and removed one by one, and owners do not mix', () => {
  const database = freshDatabase()
  const settings = settingTable(database)
  settings.save({ owner: { kind: 'broker' }, settings: { a: '1', b: '2' } })
  settings.save({ owner: { kind: 'broker' }, settings: { b: '3', a: null, missing: null } })
  settings.save({ owner: { kind: 'topic', topicId: 't' }, settings: { a: 'of t' } })
  settings.save({ owner: { kind: 'group', groupId: 't' }, settings: { a: 'of the group' } })
  expect(loadSettings(database, 'broker')).toEqual(new Map([['', { b: '3' }]]))
  expect(loadSettings(database, 'topic')).toEqual(new Map([['t', { a: 'of t' }]]))
  settings.removeAll({ kind: 'topic', topicId: 't' })
  expect(loadSettings(database, 'topic')).toEqual(new Map())
  expect(loadSettings(database, 'group')).toEqual(new Map([['t', { a: 'of the group' }]]))
})
