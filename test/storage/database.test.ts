import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { OperatorError, StorageError } from '../../src/base/errors.ts'
import {
  applicationId,
  type Connection,
  checkFileHeader,
  checkOwner,
  openConnection,
  openingError,
  type Synchronous,
  storageError,
} from '../../src/storage/database.ts'
import { temporaryDirectory } from './fixtures.ts'

const pragma = (database: Connection, name: string): unknown => database.pragma(name, { simple: true })

const everyConnection = {
  page_size: 16_384,
  auto_vacuum: 0,
  journal_mode: 'wal',
  wal_autocheckpoint: 0,
  journal_size_limit: -1,
  secure_delete: 0,
  mmap_size: 0,
  temp_store: 2,
  foreign_keys: 0,
  trusted_schema: 0,
}

test.each<[Synchronous, number]>([
  ['FULL', 2],
  ['NORMAL', 1],
  ['OFF', 0],
])('a %s connection has every pragma set', (synchronous, level) => {
  const database = openConnection({ file: join(temporaryDirectory(), 'a.db'), synchronous })
  for (const [name, value] of Object.entries(everyConnection))
    expect([name, pragma(database, name)]).toEqual([name, value])
  expect(pragma(database, 'synchronous')).toBe(level)
  expect(pragma(database, 'query_only')).toBe(0)
  expect(pragma(database, 'cache_size')).toBe(-8_192)
  database.close()
})

test('a read-only connection has every pragma set and cannot write', () => {
  const file = join(temporaryDirectory(), 'a.db')
  const writer = openConnection({ file, synchronous: 'FULL' })
  writer.exec('CREATE TABLE t (x)')
  const reader = openConnection({ file, synchronous: 'NORMAL', readOnly: true })
  for (const [name, value] of Object.entries(everyConnection))
    expect([name, pragma(reader, name)]).toEqual([name, value])
  expect(pragma(reader, 'query_only')).toBe(1)
  expect(pragma(reader, 'cache_size')).toBe(-2_048)
  expect(() => reader.exec('INSERT INTO t VALUES (1)')).toThrow(/readonly/)
  reader.close()
  writer.close()
})

test('a file that is no database is refused by its header', () => {
  const file = join(temporaryDirectory(), 'streamctl.db')
  checkFileHeader(file)
  writeFileSync(file, '')
  checkFileHeader(file)
  for (const content of ['hello', 'x'.repeat(5000), 'SQLite format 3\0 but short']) {
    writeFileSync(file, content)
    expect(() => checkFileHeader(file)).toThrow(`${file} is not a database`)
  }
})

test('the database of another program is refused, an empty one is taken', () => {
  const database = new Database(':memory:')
  checkOwner(database, 'f')
  expect(pragma(database, 'application_id')).toBe(applicationId)
  checkOwner(database, 'f')

  const foreign = new Database(':memory:')
  foreign.exec('CREATE TABLE theirs (x)')
  expect(() => checkOwner(foreign, 'f')).toThrow('f is a database of another program')
})

test.each([
  ['SQLITE_NOTADB', 'f is not a database', 2],
  ['SQLITE_CORRUPT', 'the database f is damaged', 74],
  ['SQLITE_CORRUPT_VTAB', 'the database f is damaged', 74],
  ['SQLITE_FULL', 'no space left on the disk that holds f', 74],
  ['ENOSPC', 'no space left on the disk that holds f', 74],
  ['SQLITE_CANTOPEN', 'cannot write to the data directory: why (f)', 2],
  ['SQLITE_READONLY', 'cannot write to the data directory: why (f)', 2],
  ['EACCES', 'cannot write to the data directory: why (f)', 2],
  ['EROFS', 'cannot write to the data directory: why (f)', 2],
  ['EISDIR', 'cannot write to the data directory: why (f)', 2],
])('%s while opening is worded for the operator, with a hint', (code, message, exitCode) => {
  const error = openingError(Object.assign(new Error('why'), { code }), 'f')
  expect(error).toBeInstanceOf(OperatorError)
  expect(error).toMatchObject({ message, exitCode, hint: expect.stringMatching(/.+/) })
})

test('an error of a running node says what was done and why it failed', () => {
  const from = (code: string): string => storageError(Object.assign(new Error('why'), { code }), 'cannot write').message
  expect(from('SQLITE_FULL')).toBe('cannot write: no space left on the disk')
  expect(from('SQLITE_CORRUPT_INDEX')).toBe('cannot write: the database file is damaged')
  expect(from('SQLITE_IOERR_FSYNC')).toBe('cannot write: why (SQLITE_IOERR_FSYNC)')
  expect(storageError(new Error('why'), 'cannot write').message).toBe('cannot write: why')
  const known = new StorageError('known')
  expect(storageError(known, 'cannot write')).toBe(known)
})
