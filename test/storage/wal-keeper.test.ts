import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/system-env.ts'
import { openConnection } from '../../src/storage/database.ts'
import { type CheckpointRequest, WalKeeper } from '../../src/storage/wal-keeper.ts'
import { temporaryDirectory } from './fixtures.ts'

const mebibyte = 1024 * 1024

function databaseWithKeeper() {
  const file = join(temporaryDirectory(), 'a.db')
  const database = openConnection({ file, synchronous: 'OFF' })
  database.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)')
  database.exec('INSERT INTO t VALUES (1, zeroblob(4))')
  const requests: CheckpointRequest[] = []
  let nowMs = 0
  const keeper = new WalKeeper(database, {
    requestCheckpoint: request => void requests.push(request),
    onStall: () => {
      throw new Error(`stalled after ${nowMs} ms`)
    },
    // Every look at it finds that a second has passed.
    clock: { ...systemClock, monotonic: () => (nowMs += 1000) },
  })
  const overwrite = database.prepare('INSERT OR REPLACE INTO t VALUES (1, zeroblob(?))')
  return {
    file,
    database,
    keeper,
    requests,
    walBytes: () => statSync(`${file}-wal`).size,
    write: (megabytes: number) => {
      for (let count = 0; count < megabytes; count++) {
        overwrite.run(mebibyte)
        keeper.committed(mebibyte)
      }
    },
  }
}

test('every 4 MiB are copied, one portion at a time', () => {
  const { write, requests, keeper, database } = databaseWithKeeper()
  write(3)
  expect(requests).toEqual([])
  write(30)
  expect(requests).toEqual(['copy'])
  keeper.checkpointed()
  write(6)
  expect(requests).toEqual(['copy', 'copy'])
  database.close()
})

test('what is copied need not be copied again', () => {
  const { write, requests, keeper, database } = databaseWithKeeper()
  write(12)
  database.pragma('wal_checkpoint(PASSIVE)')
  keeper.checkpointed()
  write(2)
  expect(requests).toEqual(['copy'])
  write(10)
  expect(requests).toEqual(['copy', 'copy'])
  database.close()
})

test('after 128 MiB a checkpoint is finished, and the WAL written from its front again, not truncated', () => {
  const { write, requests, keeper, walBytes, database } = databaseWithKeeper()
  write(100)
  keeper.checkpointed()
  write(60)
  expect(requests).toEqual(['copy', 'copy'])
  keeper.checkpointed()
  write(10)
  expect(requests.at(-1)).toBe('finish')
  const bytes = walBytes()
  keeper.checkpointed()
  write(120)
  expect(walBytes()).toBe(bytes)
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
  expect(() => write(600)).toThrow('stalled after 12000 ms')
  reader.exec('COMMIT')
  write(200)
  reader.close()
  database.close()
})
