import { expect, test } from 'vitest'
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchLastOffset,
  batchRecordCount,
  isControl,
} from '../../src/protocol/records/batch.ts'
import { deleteHorizonOf } from '../../src/protocol/records/retain.ts'
import { recover } from '../../src/storage/recovery.ts'
import { simulatedEnv } from '../support/simulated-env.ts'
import { CompactedLog } from './compaction-log.ts'
import { commit } from './fixtures.ts'

const markers = (log: CompactedLog): number[] =>
  log
    .batches()
    .filter(batch => isControl(batchAttributes(batch)) && batchRecordCount(batch) > 0)
    .map(batch => batchBaseOffset(batch))

test('of each key the last record stays, at its offset', () => {
  const log = new CompactedLog()
  log.append([
    ['a', '1'],
    ['b', '1'],
    ['a', '2'],
  ])
  log.append([
    ['c', '1'],
    ['b', '2'],
  ])
  log.append([['c', '2']])
  expect(log.compact()).toEqual({ cleanOffset: 6, horizonMs: null })
  expect(log.texts()).toEqual(['2:a=2', '4:b=2', '5:c=2'])
  log.append([['a', '3']])
  log.compact()
  expect(log.texts()).toEqual(['4:b=2', '5:c=2', '6:a=3'])
})

test('what lies at or above the end of the run stays as it is, and replaces nothing below it', () => {
  const log = new CompactedLog()
  log.append([['a', '1']])
  log.append([['a', '2']])
  log.append([['a', '3']])
  log.append([['a', '4']])
  expect(log.compact({ endOffset: 2 })).toEqual({ cleanOffset: 2, horizonMs: null })
  expect(log.texts()).toEqual(['1:a=2', '2:a=3', '3:a=4'])
})

test('records without a key go: they were written before the topic was compacted', () => {
  const log = new CompactedLog()
  log.append([
    [null, '1'],
    ['a', '1'],
    [null, '2'],
  ])
  log.compact()
  expect(log.texts()).toEqual(['1:a=1'])
})

test('a tombstone removes what came before it, stays for delete.retention.ms from the first run on, then goes', () => {
  const log = new CompactedLog()
  log.append([
    ['a', '1'],
    ['b', '1'],
  ])
  log.append([['a'], ['c', '1']])
  expect(log.compact({ nowMs: 1000, deleteRetentionMs: 500 })).toEqual({ cleanOffset: 4, horizonMs: 1500 })
  expect(log.texts()).toEqual(['1:b=1', '2:a=null', '3:c=1'])
  expect(log.records().map(({ timestamp }) => timestamp)).toEqual([1000, 1002, 1002])
  // The horizon of the first run holds, whatever the setting is now.
  expect(log.compact({ nowMs: 1499, deleteRetentionMs: 1 })).toEqual({ cleanOffset: 4, horizonMs: 1500 })
  expect(log.texts()).toEqual(['1:b=1', '2:a=null', '3:c=1'])
  log.compact({ nowMs: 1500 })
  expect(log.texts()).toEqual(['1:b=1', '3:c=1'])
})

test('a key that comes back after its tombstone is there', () => {
  const log = new CompactedLog()
  log.append([['a', '1'], ['a'], ['a', '2']])
  log.compact()
  expect(log.texts()).toEqual(['2:a=2'])
})

test('records of aborted transactions go, and hide nothing', () => {
  const log = new CompactedLog()
  log.append([['a', 'kept']])
  const firstOffset = log.append([['a', 'aborted']], { producerId: 1, producerEpoch: 0, transactional: true })
  log.end(1, { committed: false, firstOffset })
  log.append([['b', '1']], { producerId: 1, producerEpoch: 0, transactional: true })
  log.end(1, { committed: true, firstOffset: 3 })
  log.append([['z', '1']])
  log.compact()
  expect(log.texts()).toEqual(['0:a=kept', '3:b=1', '5:z=1'])
})

test('a marker outlives its records by delete.retention.ms, and readers forget an aborted transaction before it goes', () => {
  const log = new CompactedLog()
  const firstOffset = log.append([['a', '1']], { producerId: 1, producerEpoch: 0, transactional: true })
  log.end(1, { committed: false, firstOffset })
  const second = log.append([['b', '1']], { producerId: 2, producerEpoch: 0, transactional: true })
  log.end(2, { committed: true, firstOffset: second })
  log.append([['b', '2']])
  const at = (nowMs: number) => log.compact({ nowMs, deleteRetentionMs: 500 })
  // Both still have records before them.
  expect(at(1000)).toMatchObject({ horizonMs: null })
  expect(markers(log)).toEqual([1, 3])
  expect(at(2000)).toMatchObject({ horizonMs: 2500 })
  expect(log.aborted).toHaveLength(1)
  expect(at(2100)).toMatchObject({ horizonMs: 2500 })
  expect(log.aborted).toHaveLength(0)
  expect(recover(log.database, simulatedEnv()).state.topics[0]!.partitions[0]!.aborted).toEqual([])
  expect(markers(log)).toEqual([1, 3])
  expect(at(2500)).toMatchObject({ horizonMs: null })
  expect(markers(log)).toEqual([])
  expect(log.texts()).toEqual(['4:b=2'])
})

test('the last batch of a producer stays without records, for its sequence; so does the last one of all', () => {
  const log = new CompactedLog()
  log.append([['a', '1']], { producerId: 1, producerEpoch: 0, baseSequence: 10 })
  log.append([['a', '2']], { producerId: 1, producerEpoch: 0, baseSequence: 11 })
  log.append([['a', '3']])
  const firstOffset = log.append([['q', '3']], { producerId: 9, producerEpoch: 0, transactional: true })
  log.end(9, { committed: false, firstOffset })
  const last = log.append([['q', '4']], { producerId: 9, producerEpoch: 0, transactional: true })
  log.aborted.push({ producerId: 9, firstOffset: last, lastOffset: log.endOffset })
  log.lastOfProducers = [{ producerId: 1, epoch: 0, lastOffset: 1 }]
  log.compact()
  const stored = log.batches().map(batch => [batchBaseOffset(batch), batchRecordCount(batch), batchBaseSequence(batch)])
  expect(stored).toEqual([
    [1, 0, 11],
    [2, 1, -1],
    [4, 1, -1],
    [5, 0, -1],
  ])
  // A restart finds the same end of the log.
  expect(recover(log.database, simulatedEnv()).state.topics[0]!.partitions[0]!.logEndOffset).toBe(6)
})

test('small rows are packed together, and unchanged large ones left alone', () => {
  const log = new CompactedLog()
  for (let key = 0; key < 600; key++) log.append([[`key-${key}`, 'v']])
  expect(log.rows()).toHaveLength(600)
  log.compact()
  expect(log.rows().map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([[0, 599]])
  log.database.exec(
    'CREATE TABLE written (id); CREATE TRIGGER note AFTER INSERT ON batch BEGIN INSERT INTO written VALUES (new.id); END',
  )
  log.compact()
  expect(log.database.prepare('SELECT count(*) FROM written').pluck().get()).toBe(0)
})

test('a log with more keys than fit in memory is compacted in several runs', () => {
  const log = new CompactedLog()
  for (let offset = 0; offset < 100; offset++) log.append([[`key-${offset % 50}`, String(offset)]])
  let runs = 0
  for (; log.cleanOffset < 100 && runs < 20; runs++) log.compact({ keyBytesMax: 1000 })
  expect(runs).toBeGreaterThan(2)
  expect(log.records().map(({ offset }) => offset)).toEqual(Array.from({ length: 50 }, (_, key) => 50 + key))
})

test('a batch that cannot be decoded is kept', () => {
  const log = new CompactedLog()
  log.append([['a', 'x'.repeat(1000)]], { compression: 'gzip' })
  log.append([['a', '2']])
  log.database
    .prepare('UPDATE batch SET data = CAST(substr(data, 1, 61) || zeroblob(length(data) - 61) AS BLOB) WHERE id = 1')
    .run()
  log.compact()
  expect(log.batches().map(batch => batchLastOffset(batch))).toEqual([0, 1])
})

test('a run waits until rows below the log start are removed', () => {
  const log = new CompactedLog()
  for (let offset = 0; offset < 600; offset++) log.append([['a', String(offset)]])
  log.advanceLogStart(590, { trim: false })
  expect(log.compact()).toBeUndefined()
  while (log.committer.trimming) commit(log.committer, () => {})
  expect(log.compact()).toBeDefined()
  expect(log.texts()).toEqual(['599:a=599'])
})

test('rows of a topic that was deleted meanwhile do not come back', () => {
  const log = new CompactedLog()
  log.append([['a', '1']])
  log.append([['a', '2']])
  const ids = [1, 2]
  commit(log.committer, () => log.committer.apply({ kind: 'deleteTopic', topicId: 'topic' }))
  while (log.committer.trimming) commit(log.committer, () => {})
  const row = { id: 2, baseOffset: 1, lastOffset: 1, maxTimestamp: 1, leaderEpoch: 0, data: Buffer.from('data') }
  commit(log.committer, () =>
    log.committer.apply({ kind: 'replaceRows', partitionId: 1, ids, rows: [row], forgottenAborts: [] }),
  )
  for (const table of ['batch', 'stretch']) {
    expect(log.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0)
  }
})

test('the delete horizon stands in the batch as Kafka writes it', () => {
  const log = new CompactedLog()
  log.append([['a']])
  log.compact({ nowMs: 7, deleteRetentionMs: 3 })
  expect(deleteHorizonOf(log.batches()[0]!)).toBe(10)
  expect(batchAttributes(log.batches()[0]!) & 0x40).toBe(0x40)
})
