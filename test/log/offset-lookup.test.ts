import { describe, expect, test } from 'vitest'
import type { Partition } from '../../src/log/partition.ts'
import { batchAt, batchOf, type LogFixture, logFixture } from './log-fixture.ts'

const list = async (partition: Partition, timestamp: number) => {
  const { offset, timestamp: found } = await partition.listOffset(timestamp, 'highWatermark')
  return offset < 0 ? undefined : [offset, found]
}

// Offsets 0-2, 3-5, 6-7; times do not rise with offsets, and one batch is compressed.
function filled(options: { cacheBytes: number; overrides?: Record<string, string> }): LogFixture {
  const fixture = logFixture(options)
  fixture.append(batchAt([100, 300, 200]))
  fixture.append(batchAt([50, 700, 600], { compression: 'gzip' }))
  fixture.storage.commit()
  fixture.append(batchAt([700, 650]))
  fixture.storage.commit()
  return fixture
}

for (const [where, cacheBytes] of [
  ['from the cache', 1_000_000],
  ['from the disk', 0],
] as const) {
  describe(where, () => {
    test('a time finds the first record at or after it', async () => {
      const { partition } = filled({ cacheBytes })
      const found: Record<number, unknown> = {}
      for (const time of [0, 100, 101, 300, 301, 601, 700, 701]) found[time] = await list(partition, time)
      expect(found).toEqual({
        0: [0, 100],
        100: [0, 100],
        101: [1, 300],
        300: [1, 300],
        301: [4, 700],
        601: [4, 700],
        700: [4, 700],
        701: undefined,
      })
    })

    test('records below the log start are not found', async () => {
      const { partition, storage } = filled({ cacheBytes })
      const deleted = partition.deleteRecordsBefore(5)
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      storage.commit()
      await deleted
      expect(await list(partition, 0)).toEqual([5, 600])
      expect(await list(partition, 650)).toEqual([6, 700])
      expect(await list(partition, -3)).toEqual([6, 700])
    })

    test('the record with the highest time is found, the first one of several', async () => {
      const { partition } = filled({ cacheBytes })
      expect(await list(partition, -3)).toEqual([4, 700])
    })

    test('of an open transaction and what is behind it nothing is found by who reads what is committed', async () => {
      const { append, partition, storage } = filled({ cacheBytes })
      append(batchAt([800, 900], { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true }))
      append(batchAt([750]))
      storage.commit()
      const found = async (timestamp: number) => (await partition.listOffset(timestamp, 'lastStableOffset')).offset
      expect([await found(700), await found(701), await found(-1), await found(-3)]).toEqual([4, -1, 8, -1])
      const end = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, committed: true, timestampMs: 850 }
      partition.endTransaction(end, () => {})
      storage.commit()
      expect([await found(701), await found(-1), await found(-3)]).toEqual([8, 12, 9])
    })

    test('an open transaction of older records does not hide the highest time', async () => {
      const { append, partition, storage } = filled({ cacheBytes })
      append(batchAt([10], { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true }))
      storage.commit()
      expect(await partition.listOffset(-3, 'lastStableOffset')).toMatchObject({ offset: 4, timestamp: 700 })
    })

    test('records that are not durable are not found', async () => {
      const { append, partition } = filled({ cacheBytes })
      append(batchAt([9000]))
      expect(await list(partition, 800)).toBeUndefined()
      expect(await list(partition, -3)).toEqual([4, 700])
    })

    test('records whose commit we have not heard of are not found', async () => {
      const { append, partition, storage } = filled({ cacheBytes })
      append(batchAt([9000]))
      const tell = storage.commitUnheard()
      expect(await list(partition, 800)).toBeUndefined()
      tell()
      expect(await list(partition, 800)).toEqual([8, 9000])
    })

    test('for the highest time we wait until we have heard of its commit', async () => {
      const { append, partition, storage } = filled({ cacheBytes })
      append(batchAt([9000]))
      const tell = storage.commitUnheard()
      storage.writes.flush = async () => tell()
      expect(await list(partition, -3)).toEqual([8, 9000])
      expect(partition.highWatermark).toBe(9)
    })

    test('with LogAppendTime a time finds the first offset of a batch', async () => {
      const fixture = filled({ cacheBytes, overrides: { 'message.timestamp.type': 'LogAppendTime' } })
      const now = fixture.env.clock.now()
      expect(await list(fixture.partition, 5)).toEqual([0, now])
      expect(await list(fixture.partition, -3)).toEqual([0, now])
    })

    test('an empty log has no record of any time', async () => {
      const { partition } = logFixture({ cacheBytes })
      expect(await list(partition, 0)).toBeUndefined()
      expect(await list(partition, -3)).toBeUndefined()
    })

    test('a batch whose records cannot be decoded is found as a whole', async () => {
      const { append, partition, storage } = logFixture({ cacheBytes })
      append(batchOf(1))
      const broken = batchAt([2e12 - 1e12, 1.7e12], { compression: 'gzip' })
      broken.fill(0xff, 61)
      append(broken)
      storage.commit()
      expect(await list(partition, 1.7e12)).toEqual([0, 1.7e12])
      expect(await list(partition, 1.6e12)).toEqual([0, 1.7e12])
    })
  })
}

test('the special timestamps are answered as by Kafka without remote storage', async () => {
  const { partition, append, storage } = filled({ cacheBytes: 0 })
  const deleted = partition.deleteRecordsBefore(2)
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  storage.commit()
  await deleted
  append(batchOf(5))
  const answers: Record<number, unknown> = {}
  for (const special of [-1, -2, -4, -5, -6]) answers[special] = await partition.listOffset(special, 'highWatermark')
  expect(answers).toEqual({
    [-1]: { offset: 8, timestamp: -1, leaderEpoch: 0 },
    [-2]: { offset: 2, timestamp: -1, leaderEpoch: 0 },
    [-4]: { offset: 2, timestamp: -1, leaderEpoch: 0 },
    [-5]: { offset: -1, timestamp: -1, leaderEpoch: -1 },
    [-6]: { offset: -1, timestamp: -1, leaderEpoch: -1 },
  })
})
