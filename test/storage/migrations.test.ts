import { expect, test } from 'vitest'
import { openConnection } from '../../src/storage/database.ts'
import { migrate, migrations } from '../../src/storage/migrations.ts'

const version = (database: ReturnType<typeof openConnection>): unknown =>
  database.pragma('user_version', { simple: true })

test('every step is taken once, in order', () => {
  const database = openConnection({ file: ':memory:', synchronous: 'OFF' })
  const steps = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y']
  migrate(database, 'f', steps.slice(0, 1))
  expect(version(database)).toBe(1)
  migrate(database, 'f', steps)
  migrate(database, 'f', steps)
  expect(version(database)).toBe(2)
  expect(database.prepare('SELECT x, y FROM a').all()).toEqual([])
})

test('a step that fails leaves the version before it', () => {
  const database = openConnection({ file: ':memory:', synchronous: 'OFF' })
  const steps = ['CREATE TABLE a (x)', 'CREATE TABLE b (x); CREATE TABLE a (x)']
  expect(() => migrate(database, 'f', steps)).toThrow(/already exists/)
  expect(version(database)).toBe(1)
  expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'b'").all()).toEqual([])
})

test('a database of a newer program is refused', () => {
  const database = openConnection({ file: ':memory:', synchronous: 'OFF' })
  database.pragma(`user_version = ${migrations.length + 1}`)
  expect(() => migrate(database, 'f')).toThrow(
    `f was written by a newer streamctl (schema ${migrations.length + 1}, this one knows ${migrations.length})`,
  )
})
