import fs, { writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { openStorage } from '../../src/storage/storage.ts'
import { WalSync } from '../../src/storage/wal-sync.ts'
import { until } from '../support/until.ts'
import { batchAt, temporaryDirectory, topicOf } from './fixtures.ts'

/** A WAL whose syncs end when the test says so. */
function heldSync() {
  const file = join(temporaryDirectory(), 'a-wal')
  writeFileSync(file, '')
  const syncs: ((error: Error | null) => void)[] = []
  const durable: number[] = []
  const failures: string[] = []
  const walSync = new WalSync(file, {
    onDurable: commits => durable.push(commits),
    onFailure: error => failures.push(error.message),
    sync: (_descriptor, done) => syncs.push(done),
  })
  onTestFinished(() => walSync.close())
  return { walSync, syncs, durable, failures }
}

test('a commit is durable when a sync that began after it has ended', () => {
  const { walSync, syncs, durable } = heldSync()
  walSync.committed(1)
  expect(syncs.length).toBe(1)
  walSync.committed(2)
  walSync.committed(1)
  expect(syncs.length).toBe(1)
  syncs[0]!(null)
  expect(durable).toEqual([1])
  expect(syncs.length).toBe(2)
  syncs[1]!(null)
  expect(durable).toEqual([1, 3])
  expect(syncs.length).toBe(2)
})

test('what the storage thread has synced itself makes everything before it durable', () => {
  const { walSync, syncs, durable } = heldSync()
  walSync.committed(1)
  walSync.committed(2)
  walSync.synced(1)
  expect(durable).toEqual([4])
  syncs[0]!(null)
  expect(durable).toEqual([4])
  walSync.committed(1)
  syncs[1]!(null)
  expect(durable).toEqual([4, 1])
})

test('after a sync that failed nothing is durable any more', () => {
  const { walSync, syncs, durable, failures } = heldSync()
  walSync.committed(1)
  walSync.committed(1)
  syncs[0]!(new Error('EIO'))
  expect(durable).toEqual([])
  expect(failures).toEqual(['EIO'])
  expect(syncs.length).toBe(1)
})

test.each([
  { durability: 'fsync', syncs: true },
  { durability: 'os', syncs: false },
] as const)('a node with durability $durability acknowledges after the sync of the WAL: $syncs', async expected => {
  const real = fs.fdatasync
  const held: (() => void)[] = []
  const synced: number[] = []
  fs.fdatasync = Object.assign(
    (descriptor: number, done: fs.NoParamCallback) => {
      synced.push(fs.fstatSync(descriptor).ino)
      held.push(() => real(descriptor, done))
    },
    { __promisify__: real.__promisify__ },
  )
  syncBuiltinESMExports()
  onTestFinished(() => {
    fs.fdatasync = real
    syncBuiltinESMExports()
  })
  const { durability } = expected
  const directory = temporaryDirectory()
  const onFailure = (): void => expect.unreachable()
  const storage = await openStorage({ directory, durability, threads: true, env: systemEnv(), onFailure })
  let done = 0
  storage.writes.apply(topicOf(1))
  // Small commits are synced in the storage thread.
  storage.writes.append(batchAt(0, { valueBytes: 600_000 }), () => done++)
  if (expected.syncs) {
    await until(() => held.length === 1)
    expect(synced).toEqual([fs.statSync(join(directory, 'streamctl.db-wal')).ino])
    expect(done).toBe(0)
    held.shift()!()
  }
  await until(() => done === 1)
  expect(held).toEqual([])
  await storage.close()
})
