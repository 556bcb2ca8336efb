import { closeSync, existsSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Env } from '../../src/base/env.ts'
import type { StorageError } from '../../src/base/errors.ts'
import { noMetrics, systemClock, systemRandom } from '../../src/base/system-env.ts'
import { openConnection } from '../../src/storage/database.ts'
import { openStorage, type Storage, type StorageOptions } from '../../src/storage/storage.ts'
import { recordingLog } from '../support/simulated-env.ts'
import { batchAt, temporaryDirectory, topicOf } from './fixtures.ts'

const env: Env = { clock: systemClock, random: systemRandom, log: recordingLog(), metrics: noMetrics }

async function open(
  options: Partial<StorageOptions> & Pick<StorageOptions, 'directory' | 'threads'>,
): Promise<Storage> {
  const failures: StorageError[] = []
  const storage = await openStorage({
    durability: 'fsync',
    env,
    onFailure: error => void failures.push(error),
    ...options,
  })
  onTestFinished(() => expect(failures).toEqual([]))
  return storage
}

async function openAndClose(directory: string, threads = false): Promise<Storage['state']> {
  const storage = await open({ directory, threads })
  await storage.close()
  return storage.state
}

describe.each([
  ['threads', true],
  ['one thread', false],
])('with %s', (_name, threads) => {
  test('what was written is there after a restart', async () => {
    const directory = temporaryDirectory()
    const storage = await open({ directory, threads })
    expect(storage.state.topics).toEqual([])
    const done: number[] = []
    storage.writes.apply(topicOf(2), () => done.push(-1))
    for (let offset = 0; offset < 100; offset++) storage.writes.append(batchAt(offset), () => done.push(offset))
    storage.writes.apply({ kind: 'saveSettings', owner: { kind: 'broker' }, settings: { a: 'b' } })
    await storage.writes.flush()
    expect(done).toEqual([-1, ...Array(100).keys()])
    expect(storage.writes.pendingBytes).toBe(0)
    await storage.close()

    const state = await openAndClose(directory, threads)
    expect(state.clusterId).toBe(storage.state.clusterId)
    expect(state.brokerSettings).toEqual({ a: 'b' })
    expect(state.topics[0]?.partitions.map(partition => partition.logEndOffset)).toEqual([100, 0])
  })

  test('a durable batch can be read, verbatim', async () => {
    const storage = await open({ directory: temporaryDirectory(), threads })
    storage.writes.apply(topicOf(1))
    const batches = [batchAt(0, { timestamp: 5 }), batchAt(1, { timestamp: 9 }), batchAt(2, { timestamp: 7 })]
    for (const batch of batches) {
      storage.writes.append(batch, () => {})
      await storage.writes.flush()
    }
    const read = { partitionId: 1, offset: 1, maxBytes: 1_000_000 }
    const rows = await storage.reader.readRows(read)
    expect(rows.map(row => row.data)).toEqual([batches[1]!.data, batches[2]!.data])
    expect(rows.every(row => Buffer.isBuffer(row.data))).toBe(true)
    expect(await storage.reader.oldestRows({ partitionId: 1, limit: 2 })).toMatchObject([
      { baseOffset: 0, lastOffset: 0 },
      { baseOffset: 1, lastOffset: 1 },
    ])
    const at = async (timestamp: number): Promise<number | undefined> =>
      (await storage.reader.rowAtTimestamp({ partitionId: 1, timestamp, fromOffset: 0 }))?.baseOffset
    expect([await at(5), await at(6), await at(10)]).toEqual([0, 1, undefined])
    expect((await storage.reader.maxTimestampRow({ partitionId: 1, fromOffset: 0 }))?.data).toEqual(batches[1]!.data)
    await storage.close()
  })

  test('the batches that one turn of the event loop submits become one row per partition', async () => {
    const storage = await open({ directory: temporaryDirectory(), threads })
    storage.writes.apply(topicOf(2))
    for (let offset = 0; offset < 10; offset++) {
      for (const partitionId of [1, 2]) storage.writes.append(batchAt(offset, { partitionId }), () => {})
    }
    await storage.writes.flush()
    for (const partitionId of [1, 2]) {
      const rows = await storage.reader.oldestRows({ partitionId, limit: 100 })
      expect(rows.map(row => [row.baseOffset, row.lastOffset])).toEqual([[0, 9]])
    }
    await storage.close()
  })

  test('deleted topics and what lies below the log start go away by themselves', async () => {
    const directory = temporaryDirectory()
    const storage = await open({ directory, threads })
    storage.writes.apply(topicOf(1))
    storage.writes.apply(topicOf(1, { topicId: 'deleted', firstId: 2 }))
    for (let offset = 0; offset < 300; offset++) {
      for (const partitionId of [1, 2]) storage.writes.append(batchAt(offset, { partitionId }), () => {})
      await storage.writes.flush()
    }
    storage.writes.apply({ kind: 'deleteTopic', topicId: 'deleted' })
    storage.writes.apply({ kind: 'advanceLogStart', partitionId: 1, offset: 299 })
    await storage.writes.flush()
    const remaining = async (partitionId: number): Promise<number> =>
      (await storage.reader.oldestRows({ partitionId, limit: 1000 })).length
    await expect.poll(() => remaining(1)).toBe(1)
    await expect.poll(() => remaining(2)).toBe(0)
    await storage.close()
    const state = await openAndClose(directory, threads)
    expect(state.topics.map(topic => topic.topicId)).toEqual(['topic'])
    expect(state.nextPartitionId).toBe(3)
  })

  test('a clean close leaves one file with everything, and no WAL', async () => {
    const directory = temporaryDirectory()
    const storage = await open({ directory, threads })
    storage.writes.apply(topicOf(1))
    await storage.close()
    expect(readdirSync(directory).sort()).toEqual(['streamctl.db', 'streamctl.lock'])
  })

  test('a second node on the directory is refused, and the first one is not disturbed', async () => {
    const directory = temporaryDirectory()
    const storage = await open({ directory, threads })
    await expect(open({ directory, threads })).rejects.toThrow(
      `another streamctl node (pid ${process.pid}) uses the data directory ${directory}`,
    )
    storage.writes.apply(topicOf(1))
    await storage.close()
    expect((await openAndClose(directory, threads)).topics).toHaveLength(1)
  })

  test.each([
    ['is not a database', (file: string) => writeFileSync(file, 'hello '.repeat(1000))],
    ['is damaged', damage],
    ['was written by a newer streamctl', (file: string) => change(file, 'PRAGMA user_version = 999')],
    ['is a database of another program', (file: string) => change(file, 'PRAGMA application_id = 5')],
  ])('a database that %s is refused, and the directory is free again', async (message, spoil) => {
    const directory = temporaryDirectory()
    await openAndClose(directory)
    spoil(join(directory, 'streamctl.db'))
    await expect(open({ directory, threads })).rejects.toThrow(message)
    await expect(open({ directory, threads })).rejects.toThrow(message)
  })

  test('a large batch passes, alone in its row', async () => {
    const storage = await open({ directory: temporaryDirectory(), threads })
    storage.writes.apply(topicOf(1))
    const large = batchAt(1, { valueBytes: 12_000_000 })
    for (const batch of [batchAt(0), large, batchAt(2)]) storage.writes.append(batch, () => {})
    await storage.writes.flush()
    const rows = await storage.reader.readRows({ partitionId: 1, offset: 1, maxBytes: 100 })
    expect(rows.map(row => row.data.equals(large.data))).toEqual([true])
    await storage.close()
  })

  test('nothing is kept without a directory', async () => {
    const storage = await open({ directory: ':memory:', threads })
    storage.writes.apply(topicOf(1))
    storage.writes.append(batchAt(0), () => {})
    await storage.writes.flush()
    expect(await storage.reader.readRows({ partitionId: 1, offset: 0, maxBytes: 1 })).toHaveLength(1)
    await storage.close()
    expect((await openAndClose(':memory:', threads)).topics).toEqual([])
  })
})

test('reads go on while the writer commits', async () => {
  const storage = await open({ directory: temporaryDirectory(), threads: true })
  storage.writes.apply(topicOf(1))
  for (let offset = 0; offset < 200; offset++) storage.writes.append(batchAt(offset, { valueBytes: 50_000 }), () => {})
  let read = 0
  while (storage.writes.pendingBytes > 0) {
    const rows = await storage.reader.readRows({ partitionId: 1, offset: read, maxBytes: 200_000 })
    for (const row of rows) {
      expect(row.baseOffset).toBe(read)
      read = row.lastOffset + 1
    }
  }
  await storage.close()
})

test('the WAL of a busy node is checkpointed and used again from its front', async () => {
  const directory = temporaryDirectory()
  const storage = await open({ directory, threads: true })
  storage.writes.apply(topicOf(1))
  for (let offset = 0; offset < 150; offset++) {
    storage.writes.append(batchAt(offset, { valueBytes: 3_000_000 }), () => {})
    await storage.writes.flush()
  }
  expect(statSync(join(directory, 'streamctl.db-wal')).size).toBeLessThan(350_000_000)
  await storage.close()
  expect((await openAndClose(directory)).topics[0]?.partitions[0]?.logEndOffset).toBe(150)
})

function change(file: string, sql: string): void {
  const database = openConnection({ file, synchronous: 'OFF' })
  database.exec(sql)
  database.close()
}

/** Overwrites the root page of a table with noise. */
function damage(file: string): void {
  expect(existsSync(file)).toBe(true)
  const database = openConnection({ file, synchronous: 'OFF' })
  const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'node'").pluck().get() as number
  const pages = database.pragma('page_count', { simple: true }) as number
  database.close()
  expect(pages).toBeGreaterThanOrEqual(root)
  overwrite(file, (root - 1) * 16_384, Buffer.alloc(16_384, 0xee))
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, bytes, 0, bytes.length, at)
  closeSync(descriptor)
}
