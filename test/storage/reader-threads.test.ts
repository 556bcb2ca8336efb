import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { release } from '../../src/base/page-pool.ts'
import { Committer } from '../../src/storage/committer.ts'
import { openConnection } from '../../src/storage/database.ts'
import type { StoredRow } from '../../src/storage/log-reader.ts'
import { migrate } from '../../src/storage/migrations.ts'
import { loadNode } from '../../src/storage/node-tables.ts'
import { ReaderThreads } from '../../src/storage/reader-threads.ts'
import { until } from '../support/until.ts'
import { batchAt, commit, temporaryDirectory, topicOf } from './fixtures.ts'

const offsets = Array.from({ length: 64 }, (_, offset) => offset)

/** Threads over a log of one partition with a record in each row. */
function readers() {
  const file = join(temporaryDirectory(), 'a.db')
  const database = openConnection({ file, synchronous: 'OFF' })
  migrate(database, file)
  loadNode(database, () => 'cluster')
  const committer = new Committer(database, { lastBatchId: 0, trims: [] })
  commit(committer, () => committer.apply(topicOf(1)))
  // Batches of one commit would share a row.
  for (const offset of offsets) commit(committer, () => committer.append(batchAt(offset, { records: 1 })))
  const threads = new ReaderThreads(file, () => expect.unreachable())
  onTestFinished(async () => {
    await threads.terminate()
    database.close()
  })
  const read = async (offset: number): Promise<number[]> => {
    const read = (await threads.ask({ kind: 'rows', partitionId: 1, offset, maxBytes: 1 })) as StoredRow[]
    expect(read.map(({ data }) => Buffer.from(data))).toEqual([batchAt(offset, { records: 1 }).data])
    for (const { data } of read) release(data)
    return read.map(({ baseOffset }) => baseOffset)
  }
  return { file, threads, read }
}

test('reads one after the other need one thread, those at the same time have two', async () => {
  const { threads, read } = readers()
  for (const offset of offsets) expect(await read(offset)).toEqual([offset])
  expect(threads.count).toBe(1)
  const all = (): Promise<number[][]> => Promise.all(offsets.map(read))
  expect(await all()).toEqual(offsets.map(offset => [offset]))
  await until(() => threads.count === 2)
  expect(await all()).toEqual(offsets.map(offset => [offset]))
  await threads.close()
})

test('where the second cannot be had, the first one does it all', async () => {
  const { file, threads, read } = readers()
  await read(0)
  renameSync(file, `${file}-elsewhere`)
  for (let times = 0; times < 3; times++) {
    expect(await Promise.all(offsets.map(read))).toEqual(offsets.map(offset => [offset]))
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  expect(threads.count).toBe(1)
  await threads.close()
})

test('threads can be told to end before they have begun', async () => {
  const { threads, read } = readers()
  const begun = Promise.all([read(1), read(2)])
  await threads.close()
  expect(await begun).toEqual([[1], [2]])
})
