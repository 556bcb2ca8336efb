import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CommitCounts } from '../../src/storage/commit-counts.ts'
import { SyncThread } from '../../src/storage/sync-thread.ts'
import type { WriterReport } from '../../src/storage/writer-report.ts'
import { until } from '../support/until.ts'
import { temporaryDirectory } from './fixtures.ts'

function started({ exists = true } = {}) {
  const file = join(temporaryDirectory(), 'a-wal')
  if (exists) writeFileSync(file, 'frames')
  const counts = new CommitCounts()
  const reports: WriterReport[] = []
  const onError = (): void => expect.unreachable()
  const thread = new SyncThread({ file, counts, onReport: report => void reports.push(report), onError })
  onTestFinished(() => thread.terminate())
  thread.start()
  return { thread, counts, reports }
}

test('what is handed over is reported when it is synced, and the thread ends when it is told', async () => {
  const { thread, counts, reports } = started()
  await until(() => counts.isReady)
  counts.handOver(2)
  await until(() => reports.length === 1)
  counts.handOver(5)
  await until(() => reports.length === 2)
  expect(reports).toEqual([
    { kind: 'durable', upTo: 2 },
    { kind: 'durable', upTo: 5 },
  ])
  await thread.close()
  expect(reports.length).toBe(2)
})

test('it ends also when it was told before it began', async () => {
  const { thread } = started()
  await thread.close()
})

test('a WAL that cannot be opened is reported', async () => {
  const { counts, reports } = started({ exists: false })
  await until(() => reports.length === 1)
  expect(reports).toEqual([{ kind: 'failed', error: { message: expect.stringContaining('ENOENT'), code: 'ENOENT' } }])
  expect(counts.isReady).toBe(false)
})

test('one that sleeps can be ended from outside', async () => {
  const { thread, counts } = started()
  await until(() => counts.isReady)
  await thread.terminate()
})

test('one that was never started has nothing to end', async () => {
  const unused = new SyncThread({
    file: '/nowhere',
    counts: new CommitCounts(),
    onReport: () => expect.unreachable(),
    onError: () => expect.unreachable(),
  })
  await unused.close()
  await unused.terminate()
})
