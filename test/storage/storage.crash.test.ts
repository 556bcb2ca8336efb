import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { StorageError } from '../../src/base/errors.ts'
import { systemEnv } from '../../src/base/system-env.ts'
import { openConnection } from '../../src/storage/database.ts'
import { openInline } from '../../src/storage/inline-storage.ts'
import { migrate } from '../../src/storage/migrations.ts'
import { recover } from '../../src/storage/recovery.ts'
import { openStorage, type Storage } from '../../src/storage/storage.ts'
import { seededRandom, simulatedEnv } from '../support/simulated-env.ts'
import { batchAt, copyDatabase, temporaryDirectory, topicOf } from './fixtures.ts'

const walHeaderBytes = 32
const walFrameBytes = 24 + 16_384

/** What a restart on the directory finds. */
async function recovered(directory: string): Promise<{ logEndOffset: number; groups: string[]; rows: number[] }> {
  const storage = await openStorage({
    directory,
    durability: 'os',
    threads: false,
    env: simulatedEnv(),
    onFailure: error => expect.unreachable(error.message),
  })
  const rows = await storage.reader.oldestRows({ partitionId: 1, limit: 10_000 })
  const result = {
    logEndOffset: storage.state.topics[0]?.partitions[0]?.logEndOffset ?? -1,
    groups: storage.state.groups.map(group => group.body),
    rows: rows.flatMap(row =>
      Array.from({ length: row.lastOffset - row.baseOffset + 1 }, (_, at) => row.baseOffset + at),
    ),
  }
  await storage.close()
  return result
}

function freshCopy(from: string): string {
  const copy = join(temporaryDirectory(), 'copy')
  mkdirSync(copy)
  copyDatabase(from, copy)
  return copy
}

/** A node in one thread, whose commits happen when the clock settles. */
async function nodeInOneThread(directory: string) {
  const env = simulatedEnv()
  const onFailure = (error: StorageError): void => expect.unreachable(error.message)
  const storage = await openStorage({ directory, durability: 'os', threads: false, env, onFailure })
  storage.writes.apply(topicOf(1))
  env.clock.settle()
  let end = 0
  /** Commits a group of some batches and a change that tells how far it goes. */
  const commitGroup = (batches: number, valueBytes: number): number => {
    for (let count = 0; count < batches; count++) storage.writes.append(batchAt(end++, { valueBytes }), () => {})
    storage.writes.apply({ kind: 'saveGroup', group: { groupId: 'g', type: 'classic', body: String(end) } })
    env.clock.settle()
    return end
  }
  return { storage, commitGroup }
}

test.each([1, 2, 3])('a WAL that is cut anywhere gives back whole groups, up to the cut (seed %i)', async seed => {
  const random = seededRandom(seed)
  const directory = temporaryDirectory()
  const { storage, commitGroup } = await nodeInOneThread(directory)
  const walBytes = (): number => statSync(join(directory, 'streamctl.db-wal')).size
  const commits = [{ end: 0, walBytes: walBytes() }]
  for (let group = 0; group < 30; group++) {
    const end = commitGroup(1 + random.below(5), random.below(40_000))
    commits.push({ end, walBytes: walBytes() })
  }
  const whole = freshCopy(directory)
  await storage.close()
  for (let attempt = 0; attempt < 25; attempt++) {
    const copy = freshCopy(whole)
    const cut = commits[0]!.walBytes + random.below(commits.at(-1)!.walBytes - commits[0]!.walBytes + 1)
    truncateSync(join(copy, 'streamctl.db-wal'), cut)
    const { end } = commits.findLast(commit => commit.walBytes <= cut)!
    expect(await recovered(copy)).toEqual({
      logEndOffset: end,
      groups: end === 0 ? [] : [String(end)],
      rows: [...Array(end).keys()],
    })
  }
})

test.each([4, 5])('what lies in the WAL behind the last commit does not matter (seed %i)', async seed => {
  const random = seededRandom(seed)
  const directory = temporaryDirectory()
  const { storage, commitGroup } = await nodeInOneThread(directory)
  const observer = openConnection({ file: join(directory, 'streamctl.db'), synchronous: 'OFF' })
  onTestFinished(() => void observer.close())
  for (let group = 0; group < 40; group++) {
    const end = commitGroup(1 + random.below(3), random.below(60_000))
    if (group % 4 !== 3) continue
    // The WAL has been used from its front again by now: old frames follow the newest ones.
    const copy = freshCopy(directory)
    const { log } = observer.prepare('PRAGMA wal_checkpoint(NOOP)').get() as { log: number }
    spoilFrom(join(copy, 'streamctl.db-wal'), walHeaderBytes + log * walFrameBytes, random)
    expect((await recovered(copy)).logEndOffset).toBe(end)
    if (random.below(2) === 0) observer.pragma('wal_checkpoint(PASSIVE)')
  }
  await storage.close()
})

test.each([
  { durability: 'fsync', isSynced: true },
  { durability: 'os', isSynced: false },
] as const)(
  'what a killed node left in the WAL is on the disk before a node with durability $durability tells of it: $isSynced',
  async ({ durability, isSynced }) => {
    const directory = temporaryDirectory()
    const { storage, commitGroup } = await nodeInOneThread(directory)
    commitGroup(3, 1_000)
    const left = freshCopy(directory)
    await storage.close()
    const wal = fs.statSync(join(left, 'streamctl.db-wal')).ino
    const real = fs.fdatasyncSync
    const synced: number[] = []
    fs.fdatasyncSync = descriptor => {
      synced.push(fs.fstatSync(descriptor).ino)
      real(descriptor)
    }
    syncBuiltinESMExports()
    onTestFinished(() => {
      fs.fdatasyncSync = real
      syncBuiltinESMExports()
    })
    const onFailure = (error: StorageError): void => expect.unreachable(error.message)
    const again = await openStorage({ directory: left, durability, threads: true, env: systemEnv(), onFailure })
    expect(again.state.topics[0]?.partitions[0]?.logEndOffset).toBe(3)
    expect(synced.includes(wal)).toBe(isSynced)
    await again.close()
  },
)

test('a database whose making was cut off by the power is made anew', async () => {
  const making = join(temporaryDirectory(), 'streamctl.db')
  const database = new Database(making)
  onTestFinished(() => void database.close())
  database.pragma('page_size = 16384')
  database.pragma('synchronous = OFF')
  database.exec('BEGIN; CREATE TABLE t (a)')
  const directory = temporaryDirectory()
  copyFileSync(`${making}-journal`, join(directory, 'streamctl.db-journal'))
  // The first page, of which only the end came to the disk.
  writeFileSync(join(directory, 'streamctl.db'), Buffer.concat([Buffer.alloc(8_192), Buffer.alloc(8_192, 1)]))
  expect(await recovered(directory)).toEqual({ logEndOffset: -1, groups: [], rows: [] })
})

/** Cuts the file somewhere behind `start`, or fills some of what follows with noise. */
function spoilFrom(file: string, start: number, random: ReturnType<typeof seededRandom>): void {
  const rest = statSync(file).size - start
  if (random.below(2) === 0) {
    truncateSync(file, start + random.below(rest + 1))
    return
  }
  const descriptor = openSync(file, 'r+')
  const noise = random.bytes(1 + random.below(5000))
  writeSync(descriptor, noise, 0, noise.length, start)
  closeSync(descriptor)
}

test('done is never called before the disk has the batch', async () => {
  const directory = temporaryDirectory()
  const storage = await openStorage({
    directory,
    durability: 'fsync',
    threads: true,
    env: systemEnv(),
    onFailure: error => expect.unreachable(error.message),
  })
  storage.writes.apply(topicOf(1))
  await storage.writes.flush()
  for (let offset = 0; offset < 10; offset++) {
    const copy = await new Promise<string>(resolve => {
      storage.writes.append(batchAt(offset), () => resolve(freshCopy(directory)))
      // The next group is being written while the copy is made.
      storage.writes.append(batchAt(++offset), () => {})
    })
    expect((await recovered(copy)).rows).toContain(offset - 1)
  }
  await storage.close()
})

test('a node killed under load comes back with all that it acknowledged', async () => {
  const directory = temporaryDirectory()
  let acknowledged = -1
  for (let round = 0; round < 3; round++) {
    const node = spawn(process.execPath, [join(import.meta.dirname, 'writing-node.ts'), directory])
    const killAt = acknowledged + 50 + 200 * round
    for await (const line of createInterface(node.stdout)) {
      acknowledged = Math.max(acknowledged, Number(line))
      if (acknowledged >= killAt) node.kill('SIGKILL')
    }
    if (node.exitCode === null && node.signalCode === null) await once(node, 'exit')
    expect(node.signalCode).toBe('SIGKILL')
    const { rows, logEndOffset } = await recovered(directory)
    expect(logEndOffset).toBeGreaterThan(acknowledged)
    expect(rows).toEqual([...Array(logEndOffset).keys()])
  }
})

test('a full disk fails once, and everything acknowledged stays', async () => {
  const file = join(temporaryDirectory(), 'streamctl.db')
  const database = openConnection({ file, synchronous: 'FULL' })
  migrate(database, file)
  database.pragma('max_page_count = 60')
  const env = simulatedEnv()
  const failures: StorageError[] = []
  const storage = openInline(
    { database, file, synchronous: 'FULL', ...recover(database, env) },
    { env, onFailure: error => void failures.push(error) },
  )
  storage.writes.apply(topicOf(1))
  let acknowledged = -1
  for (let offset = 0; offset < 100; offset++) {
    storage.writes.append(batchAt(offset, { valueBytes: 20_000 }), () => (acknowledged = offset))
    env.clock.settle()
  }
  expect(failures.map(error => error.message)).toEqual(['cannot write to the log: no space left on the disk'])
  expect(acknowledged).toBeGreaterThan(5)
  const rows = await storage.reader.oldestRows({ partitionId: 1, limit: 1000 })
  expect(rows.at(-1)?.lastOffset).toBe(acknowledged)
  await expect(storage.close()).rejects.toThrow('no space left')
})

test('a disk that runs full under the threads stops them, and everything acknowledged stays', async context => {
  const disk = join(temporaryDirectory(), 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { stdio: 'ignore' })
  } catch {
    return context.skip('mounting a small file system is not permitted here')
  }
  onTestFinished(() => void execFileSync('umount', [disk]))
  const failed = Promise.withResolvers<StorageError>()
  const storage = await openStorage({
    directory: disk,
    durability: 'fsync',
    threads: true,
    env: systemEnv(),
    onFailure: failed.resolve,
  })
  storage.writes.apply(topicOf(1))
  const acknowledged = await fillUp(storage, failed.promise)
  expect((await failed.promise).message).toBe('cannot write to the log: no space left on the disk')
  const copy = freshCopy(disk)
  await expect(storage.close()).rejects.toThrow('no space left')
  expect((await recovered(copy)).logEndOffset).toBeGreaterThan(acknowledged)
  expect(acknowledged).toBeGreaterThan(5)
  // With nothing left even for a new database, the operator is told so.
  const small = join(disk, 'second')
  mkdirSync(small)
  expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(12 * 1024 * 1024))).toThrow('ENOSPC')
  await expect(
    openStorage({ directory: small, durability: 'fsync', threads: true, env: systemEnv(), onFailure: () => {} }),
  ).rejects.toThrow('no space left on the disk')
})

/** Appends until the disk is full. Returns the last offset that was acknowledged. */
async function fillUp(storage: Storage, failed: Promise<unknown>): Promise<number> {
  let acknowledged = -1
  for (let offset = 0; offset < 1000; offset++) {
    const done = new Promise<void>(resolve => {
      storage.writes.append(batchAt(offset, { valueBytes: 100_000 }), () => {
        acknowledged = offset
        resolve()
      })
    })
    const error = await Promise.race([done, failed])
    if (error) break
  }
  return acknowledged
}
