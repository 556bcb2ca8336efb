import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { StateFile } from '../../src/storage/key-value.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'streamctl-state-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const fileOf = (name: string, ...statements: string[]): string => {
  const file = path.join(directory, name)
  const database = new Database(file)
  for (const statement of statements) database.exec(statement)
  database.close()
  return file
}

test('a file that was left when its making was interrupted is taken up', () => {
  // What is there after each of the steps, of which the last is one transaction.
  const steps = ['PRAGMA page_size = 4096', 'PRAGMA journal_mode = WAL', 'PRAGMA synchronous = NORMAL']
  for (const count of [0, 1, 2, 3]) {
    const file = fileOf(`${count}.db`, ...steps.slice(0, count))
    const state = new StateFile(file, { cacheBytes: 65_536 })
    state.commit({
      changes: [{ table: 'words', key: Buffer.from('a'), row: { value: Buffer.from('1'), timestamp: 7 } }],
      positions: { log: 3 },
    })
    state.close()
    const again = new StateFile(file, { cacheBytes: 65_536 })
    expect(again.positions()).toEqual({ log: 3 })
    expect(again.table('words').get(Buffer.from('a'))).toEqual({ value: Buffer.from('1'), timestamp: 7 })
    again.close()
  }
})

test("another program's database is refused, with tables or marked as its own", () => {
  const files = [fileOf('tables.db', 'CREATE TABLE other (id)'), fileOf('marked.db', 'PRAGMA application_id = 5')]
  for (const file of files) expect(() => new StateFile(file, { cacheBytes: 65_536 })).toThrow(OperatorError)
})
