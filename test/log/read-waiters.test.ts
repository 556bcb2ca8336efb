import { expect, test } from 'vitest'
import { ReadWaiters, type WaitEnd } from '../../src/log/read-waiters.ts'
import { batchOf, logFixture } from './log-fixture.ts'

const size = batchOf(1).length

function waiting(options: { bytesWanted?: number; timeoutMs?: number; seenEnd?: number } = {}) {
  const fixture = logFixture()
  const waiters = new ReadWaiters(fixture.env.clock)
  const abort = new AbortController()
  const ends: WaitEnd[] = []
  const { partition } = fixture
  const seenEnd = options.seenEnd ?? partition.highWatermark
  const { bytesWanted = 1, timeoutMs = 500 } = options
  const wait = { partitions: [{ partition, seenEnd }], bytesWanted, timeoutMs, signal: abort.signal }
  const ended = waiters.wait(wait).then(end => ends.push(end))
  const settled = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    return ends
  }
  return { ...fixture, waiters, abort, ended, settled }
}

test('a reader is woken when enough bytes are durable, not before', async () => {
  const { append, storage, settled } = waiting({ bytesWanted: 2 * size })
  append(batchOf(1))
  storage.commit()
  append(batchOf(1))
  expect(await settled()).toEqual([])
  storage.commit()
  expect(await settled()).toEqual(['data'])
})

test('a reader that gets too little is woken when its time is up', async () => {
  const { append, storage, settled, env } = waiting({ bytesWanted: 1000 })
  append(batchOf(1))
  storage.commit()
  env.clock.advance(499)
  expect(await settled()).toEqual([])
  env.clock.advance(1)
  expect(await settled()).toEqual(['timeout'])
})

test('what became readable between the look and the wait ends the wait at once', async () => {
  const fixture = logFixture()
  fixture.append(batchOf(1))
  fixture.storage.commit()
  const waiters = new ReadWaiters(fixture.env.clock)
  const partitions = [{ partition: fixture.partition, seenEnd: 0 }]
  expect(await waiters.wait({ partitions, bytesWanted: 1_000_000, timeoutMs: 500 })).toBe('data')
  expect(waiters.parked).toBe(0)
})

test('a closed connection ends the wait and leaves nothing behind', async () => {
  const { abort, settled, env, waiters, append, storage } = waiting()
  abort.abort()
  expect(await settled()).toEqual(['aborted'])
  expect(waiters.parked).toBe(0)
  append(batchOf(1))
  storage.commit()
  env.clock.advance(1000)
  expect(await settled()).toEqual(['aborted'])
})

test('deleting the topic wakes its readers', async () => {
  const { topics, settled } = waiting()
  void topics.delete('orders')
  expect(await settled()).toEqual(['closed'])
})

test('a wait for many partitions ends with the first that has enough', async () => {
  const { env, storage, topics } = logFixture()
  const { topic } = topics.create({ name: 'many', partitionCount: 50 })
  storage.commit()
  const waiters = new ReadWaiters(env.clock)
  const partitions = topic.partitions.map(partition => ({ partition, seenEnd: 0 }))
  const ended = waiters.wait({ partitions, bytesWanted: 1, timeoutMs: 500 })
  topic.partitions[31]!.append(batchOf(1), { nowMs: env.clock.now() }, () => {})
  storage.commit()
  expect(await ended).toBe('data')
})

test('bytes of all partitions count together', async () => {
  const { env, storage, topics } = logFixture()
  const { topic } = topics.create({ name: 'two', partitionCount: 2 })
  storage.commit()
  const waiters = new ReadWaiters(env.clock)
  const partitions = topic.partitions.map(partition => ({ partition, seenEnd: 0 }))
  const ended = waiters.wait({ partitions, bytesWanted: 2 * size, timeoutMs: 500 })
  for (const partition of topic.partitions) partition.append(batchOf(1), { nowMs: env.clock.now() }, () => {})
  storage.commit()
  expect(await ended).toBe('data')
})

test('without time there is no waiting, nor on what is closed, nor for who is gone', async () => {
  const { env, topics, partition } = logFixture()
  const waiters = new ReadWaiters(env.clock)
  const partitions = [{ partition, seenEnd: 0 }]
  const wait = { partitions, bytesWanted: 1, timeoutMs: 500 }
  expect(await waiters.wait({ ...wait, timeoutMs: 0 })).toBe('timeout')
  expect(await waiters.wait({ ...wait, signal: AbortSignal.abort() })).toBe('aborted')
  void topics.delete('orders')
  expect(await waiters.wait(wait)).toBe('closed')
})
