import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openConnection } from '../../src/storage/database.ts'
import { WalKeeper } from '../../src/storage/wal-keeper.ts'
import { temporaryDirectory } from './fixtures.ts'

const mebibyte = 1024 * 1024

function databaseWithKeeper() {
  const file = join(temporaryDirectory(), 'a.db')
  const database = openConnection({ file, synchronous: 'OFF' })
  database.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)')
  database.exec('INSERT INTO t VALUES (1, zeroblob(4))')
  let requests = 0
  const keeper = new WalKeeper(database, {
    requestCheckpoint: () => void requests++,
    onStall: () => {
      throw new Error('stalled')
    },
  })
  const overwrite = database.prepare('INSERT OR REPLACE INTO t VALUES (1, zeroblob(?))')
  return {
    file,
    database,
    keeper,
    requests: () => requests,
    walBytes: () => statSync(`${file}-wal`).size,
    write: (megabytes: number) => {
      for (let count = 0; count < megabytes; count++) {
        overwrite.run(mebibyte)
        keeper.committed(mebibyte)
      }
    },
  }
}

test('a checkpoint is asked for at 128 MiB, and once', () => {
  const { write, requests, database } = databaseWithKeeper()
  write(100)
  expect(requests()).toBe(0)
  write(100)
  expect(requests()).toBe(1)
  database.close()
})

test('after a checkpoint the WAL is written from its front again, and not truncated', () => {
  const { write, requests, keeper, walBytes, database } = databaseWithKeeper()
  write(160)
  const bytes = walBytes()
  keeper.checkpointed()
  write(120)
  expect(walBytes()).toBe(bytes)
  expect(requests()).toBe(1)
  write(40)
  expect(requests()).toBe(2)
  database.close()
})

test('the WAL does not outgrow its limit when no checkpoint comes', () => {
  const { write, walBytes, database } = databaseWithKeeper()
  write(700)
  expect(walBytes()).toBeLessThan(540 * mebibyte)
  database.close()
})

test('commits wait for a reader that holds the WAL at its limit, and say so', () => {
  const { file, write, database } = databaseWithKeeper()
  database.pragma('busy_timeout = 1')
  const reader = openConnection({ file, synchronous: 'OFF', readOnly: true })
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM t').get()
  expect(() => write(600)).toThrow('stalled')
  reader.exec('COMMIT')
  write(200)
  reader.close()
  database.close()
})
