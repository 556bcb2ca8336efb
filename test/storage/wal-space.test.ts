import fs, { statSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Connection, openConnection } from '../../src/storage/database.ts'
import { WalSpace } from '../../src/storage/wal-space.ts'
import { temporaryDirectory } from './fixtures.ts'

const mebibyte = 1024 * 1024

function databaseWithSpace(file = join(temporaryDirectory(), 'a.db')) {
  const database = openConnection({ file, synchronous: 'OFF' })
  const space = new WalSpace(database, file)
  return {
    file,
    database,
    space,
    walBytes: () => statSync(`${file}-wal`).size,
    extendAll: (): number => {
      let steps = 0
      while (space.extend()) steps++
      return steps
    },
  }
}

const insert = (database: Connection, megabytes: number): void => {
  database.exec('CREATE TABLE IF NOT EXISTS t (data BLOB)')
  for (let count = 0; count < megabytes; count++) database.exec(`INSERT INTO t VALUES (zeroblob(${mebibyte}))`)
}

test('room is made a step at a time, some way ahead of what is used', () => {
  const { database, walBytes, space, extendAll } = databaseWithSpace()
  insert(database, 1)
  const used = walBytes()
  expect(space.extend()).toBe(true)
  expect(walBytes()).toBe(used + mebibyte)
  extendAll()
  expect(walBytes() - used).toBeGreaterThanOrEqual(8 * mebibyte)
  expect(walBytes() - used).toBeLessThan(10 * mebibyte)
  insert(database, 3)
  expect(walBytes() - used).toBeLessThan(10 * mebibyte)
  expect(extendAll()).toBeGreaterThan(1)
  database.close()
})

test('a WAL that is large enough is left alone', () => {
  const { database, walBytes, extendAll } = databaseWithSpace()
  for (let count = 0; count < 15; count++) {
    insert(database, 10)
    extendAll()
  }
  const bytes = walBytes()
  expect(bytes).toBeGreaterThan(136 * mebibyte)
  expect(extendAll()).toBe(0)
  database.close()
})

test('the room ahead is not taken for data, by this connection or a new one', () => {
  const { file, database, extendAll } = databaseWithSpace()
  // Into a WAL that has not even a header, as after a clean close.
  extendAll()
  for (let count = 0; count < 5; count++) {
    insert(database, 1)
    extendAll()
    const other = openConnection({ file, synchronous: 'OFF', readOnly: true })
    expect(other.prepare('SELECT count(*) FROM t').pluck().get()).toBe(count + 1)
    expect(other.pragma('integrity_check', { simple: true })).toBe('ok')
    other.close()
  }
  database.close()
})

test.each([
  { code: 'ENOSPC', isComfort: true },
  { code: 'EIO', isComfort: false },
])('a disk without space only ends the comfort, a failed sync must end the node: $code', ({ code, isComfort }) => {
  const { database, space, walBytes } = databaseWithSpace()
  insert(database, 1)
  const used = walBytes()
  const real = fs.fsyncSync
  const replace = (sync: typeof real): void => {
    fs.fsyncSync = sync
    syncBuiltinESMExports()
  }
  onTestFinished(() => replace(real))
  replace(() => {
    throw Object.assign(new Error(code), { code })
  })
  if (isComfort) {
    expect(space.extend()).toBe(false)
    expect(walBytes()).toBe(used)
    replace(real)
    expect(space.extend()).toBe(false)
  } else expect(() => space.extend()).toThrow(code)
})
