import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RequestInput } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { batchOf, recordsOf } from '../support/batches.ts'
import { type TestNode, testConnection, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
  await node.createTopic('orders', { partitions: 3 })
})
afterEach(() => node.close())

function append(partition: number, ...values: string[]): number {
  const batch = batchOf(values)
  node.services.topics.get('orders')!.partitions[partition]!.append(batch, { nowMs: node.env.clock.now() }, () => {})
  node.env.clock.settle()
  return batch.length
}

interface Wanted {
  readonly topic?: string
  readonly topicId?: string
  readonly partition?: number
  readonly offset?: number
  readonly maxBytes?: number
  readonly leaderEpoch?: number
}

type FetchInput = RequestInput<typeof fetchApi>

function requestOf(wanted: readonly Wanted[], changes: Partial<FetchInput> = {}): FetchInput {
  const topics = wanted.map(({ topic = 'orders', topicId, partition = 0, offset = 0, ...rest }) => ({
    topic,
    topicId: topicId ?? zeroUuid,
    partitions: [
      {
        partition,
        fetchOffset: offset,
        partitionMaxBytes: rest.maxBytes ?? 1 << 20,
        currentLeaderEpoch: rest.leaderEpoch ?? -1,
      },
    ],
  }))
  return { maxWaitMs: 0, minBytes: 1, maxBytes: 1 << 20, topics, forgottenTopicsData: [], ...changes }
}

async function fetch(version: number, wanted: readonly Wanted[], changes: Partial<FetchInput> = {}) {
  const body = await node.call(fetchApi, version, requestOf(wanted, changes))
  return { ...body, partitions: body.responses.flatMap(({ partitions }) => partitions) }
}

for (let version = 4; version <= 12; version++) {
  test(`version ${version} answers the stored records and the ends of the log`, async () => {
    append(0, 'a', 'b')
    append(0, 'c')
    const { partitions } = await fetch(version, [{ offset: 2 }])
    expect(recordsOf(partitions[0]!.records)).toEqual(['2:c'])
    expect(partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 3, lastStableOffset: 3 })
  })
}

for (let version = 13; version <= 18; version++) {
  test(`version ${version} names topics by id`, async () => {
    append(0, 'a')
    const topicId = node.services.topics.get('orders')!.id
    const { responses } = await fetch(version, [{ topic: '', topicId }])
    expect(responses[0]!.topicId).toBe(topicId)
    expect(recordsOf(responses[0]!.partitions[0]!.records)).toEqual(['0:a'])
  })
}

test('below version 4 there is an error in place of records, and none at the end of the log', async () => {
  append(0, 'a')
  for (const version of [0, 1, 2, 3]) {
    const { partitions } = await fetch(version, [{ offset: 0 }, { offset: 1 }])
    expect(partitions.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.unsupportedVersion, ErrorCode.none])
  }
})

test('zstd batches are served in every version that carries batches, as Kafka does', async () => {
  const batch = batchOf(['a'], { compression: 'zstd' })
  node.services.topics.get('orders')!.partitions[0]!.append(batch, { nowMs: node.env.clock.now() }, () => {})
  node.env.clock.settle()
  for (const version of [4, 9, 10]) expect((await fetch(version, [{}])).partitions[0]!.errorCode).toBe(ErrorCode.none)
})

test('a failing partition leaves its neighbours unaffected', async () => {
  append(1, 'a')
  const { partitions } = await fetch(12, [
    { topic: 'nowhere' },
    { partition: 9 },
    { partition: 1, offset: 5 },
    { partition: 1, leaderEpoch: 3 },
    { partition: 1 },
  ])
  expect(partitions.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.unknownTopicOrPartition,
    ErrorCode.offsetOutOfRange,
    ErrorCode.unknownLeaderEpoch,
    ErrorCode.none,
  ])
  expect(partitions[2]).toMatchObject({ highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 })
})

test('an unknown topic id is told apart', async () => {
  const { partitions } = await fetch(13, [{ topic: '', topicId: 'abcdefghijklmnopqrstuA' }])
  expect(partitions[0]!.errorCode).toBe(ErrorCode.unknownTopicId)
})

/** Producer 7 has a transaction open from offset 1 to 2, with a record of nobody's before and behind it. */
function openTransaction() {
  append(0, 'before')
  const partition = node.services.topics.get('orders')!.partitions[0]!
  const batch = batchOf(['x', 'y'], { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true })
  partition.append(batch, { nowMs: node.env.clock.now() }, () => {})
  append(0, 'behind')
  return (committed: boolean): void => {
    const end = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: node.env.clock.now(), committed }
    partition.endTransaction(end, () => {})
    node.env.clock.settle()
  }
}

const committedOnly = { isolationLevel: 1 }

test('read_committed stops at the first open transaction, read_uncommitted does not', async () => {
  openTransaction()
  const [committed] = (await fetch(12, [{}], committedOnly)).partitions
  expect(committed).toMatchObject({ errorCode: 0, highWatermark: 4, lastStableOffset: 1, abortedTransactions: [] })
  expect(recordsOf(committed!.records)).toEqual(['0:before'])
  const [all] = (await fetch(12, [{}])).partitions
  expect(all).toMatchObject({ highWatermark: 4, lastStableOffset: 1, abortedTransactions: null })
  expect(recordsOf(all!.records)).toHaveLength(4)
})

test('an offset behind the last stable one is within the log: read_committed has nothing for it yet', async () => {
  openTransaction()
  const [answer] = (await fetch(12, [{ offset: 3 }], committedOnly)).partitions
  expect(answer).toMatchObject({ errorCode: 0, abortedTransactions: [] })
  expect(recordsOf(answer!.records)).toEqual([])
})

test('read_committed lists the aborted transactions of what it was given, by their first offsets', async () => {
  openTransaction()(false)
  const listed = async (offset: number) => (await fetch(12, [{ offset }], committedOnly)).partitions[0]!
  const whole = await listed(0)
  expect(recordsOf(whole.records)).toHaveLength(5)
  expect(whole.abortedTransactions).toEqual([{ producerId: 7, firstOffset: 1 }])
  expect((await listed(4)).abortedTransactions).toEqual([{ producerId: 7, firstOffset: 1 }])
  append(0, 'later')
  expect((await listed(5)).abortedTransactions).toEqual([])
  const short = (await fetch(12, [{ maxBytes: 1 }], committedOnly)).partitions[0]!
  expect([recordsOf(short.records), short.abortedTransactions]).toEqual([['0:before'], []])
})

test('an answer with an error has no list, whatever the isolation', async () => {
  const { partitions } = await fetch(12, [{ topic: 'nowhere' }, { offset: 9 }], committedOnly)
  expect(partitions.map(({ abortedTransactions }) => abortedTransactions)).toEqual([null, null])
})

test('a read_committed request that waits is answered when the transaction ends, not when there is more of it', async () => {
  const end = openTransaction()
  const waiting = node.start(fetchApi, 12, requestOf([{ offset: 1 }], { ...committedOnly, maxWaitMs: 500 }))
  let answered = false
  void waiting.then(() => {
    answered = true
  })
  append(0, 'more')
  await node.until(Promise.resolve())
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  expect(answered).toBe(false)
  end(true)
  const body = await node.until(waiting)
  expect(recordsOf(body!.responses[0]!.partitions[0]!.records).slice(0, 2)).toEqual(['1:x', '2:y'])
})

test('what a marker releases counts for min.bytes', async () => {
  const end = openTransaction()
  const request = requestOf([{ offset: 1 }], { ...committedOnly, maxWaitMs: 500, minBytes: 200 })
  const waiting = node.start(fetchApi, 12, request)
  await node.until(Promise.resolve())
  end(false)
  expect(recordsOf((await node.until(waiting))!.responses[0]!.partitions[0]!.records)).toHaveLength(4)
})

test('at least one batch is returned, whatever the limits', async () => {
  append(0, 'a'.repeat(500))
  append(1, 'b'.repeat(500))
  const { partitions } = await fetch(12, [{ maxBytes: 10 }, { partition: 1, maxBytes: 10 }], { maxBytes: 10 })
  expect(partitions.map(({ records }) => recordsOf(records).length)).toEqual([1, 0])
})

test('maxBytes bounds all partitions together', async () => {
  const bytes = append(0, 'a'.repeat(500))
  append(1, 'b'.repeat(500))
  append(2, 'c'.repeat(500))
  const wanted = [{ partition: 0 }, { partition: 1 }, { partition: 2 }]
  const { partitions } = await fetch(12, wanted, { maxBytes: 2 * bytes })
  expect(partitions.map(({ records }) => recordsOf(records).length)).toEqual([1, 1, 0])
})

test('a request waits for records until max.wait is over', async () => {
  const answer = node.start(fetchApi, 12, requestOf([{}], { maxWaitMs: 500 }))
  await expect(node.until(answer)).rejects.toThrow('time')
  node.env.clock.advance(499)
  await expect(node.until(answer)).rejects.toThrow('time')
  node.env.clock.advance(1)
  const body = await node.until(answer)
  expect(body!.responses[0]!.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 0 })
})

test('a waiting request is answered when enough has come', async () => {
  const bytes = batchOf(['a']).length
  const answer = node.start(fetchApi, 12, requestOf([{}, { partition: 1 }], { maxWaitMs: 500, minBytes: 2 * bytes }))
  append(0, 'a')
  await expect(node.until(answer)).rejects.toThrow('time')
  append(1, 'b')
  const body = await node.until(answer)
  const partitions = body!.responses.flatMap(topic => topic.partitions)
  expect(partitions.map(({ records }) => recordsOf(records))).toEqual([['0:a'], ['0:b']])
})

test('what came until max.wait is answered, even if it is less than min.bytes', async () => {
  const answer = node.start(fetchApi, 12, requestOf([{}], { maxWaitMs: 500, minBytes: 1 << 20 }))
  await expect(node.until(answer)).rejects.toThrow('time')
  append(0, 'a')
  node.env.clock.advance(500)
  const body = await node.until(answer)
  expect(recordsOf(body!.responses[0]!.partitions[0]!.records)).toEqual(['0:a'])
})

test('a waiting request hears of it when its topic is deleted', async () => {
  const answer = node.start(fetchApi, 12, requestOf([{}], { maxWaitMs: 500 }))
  await expect(node.until(answer)).rejects.toThrow('time')
  await node.until(node.services.topics.delete('orders'))
  const body = await node.until(answer)
  expect(body!.responses[0]!.partitions[0]!.errorCode).toBe(ErrorCode.unknownTopicOrPartition)
})

test('a waiting request ends when its connection goes away', async () => {
  const abort = new AbortController()
  const connection = testConnection({ signal: abort.signal })
  const answer = node.start(fetchApi, 12, requestOf([{}], { maxWaitMs: 500 }), { connection })
  await expect(node.until(answer)).rejects.toThrow('time')
  expect(node.services.readWaiters.parked).toBe(1)
  abort.abort()
  await node.until(answer)
  expect(node.services.readWaiters.parked).toBe(0)
})

test('an error is told without waiting', async () => {
  const { partitions } = await fetch(12, [{ offset: 7 }, { partition: 1 }], { maxWaitMs: 500 })
  expect(partitions[0]!.errorCode).toBe(ErrorCode.offsetOutOfRange)
})

test('a session is answered with its partitions first and then with what is new', async () => {
  const wanted = [{ partition: 0 }, { partition: 1 }, { partition: 2 }]
  const first = await fetch(12, wanted, { sessionEpoch: 0 })
  expect(first.partitions).toHaveLength(3)
  const { sessionId } = first
  append(1, 'a')
  const second = await fetch(12, [], { sessionId, sessionEpoch: 1 })
  expect(second.sessionId).toBe(sessionId)
  expect(second.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([1])
  const third = await fetch(12, [{ partition: 1, offset: 1 }], { sessionId, sessionEpoch: 2 })
  expect(third.partitions).toEqual([])
})

test('a session reads partitions that had data last', async () => {
  const bytes = append(0, 'a'.repeat(100))
  append(1, 'b'.repeat(100))
  const wanted = [{ partition: 0 }, { partition: 1 }]
  const maxBytes = bytes
  const { sessionId } = await fetch(12, [{ offset: 1 }, { partition: 1, offset: 1 }], { sessionEpoch: 0 })
  const read = async (sessionEpoch: number, again: readonly Wanted[] = []) =>
    (await fetch(12, again, { sessionId, sessionEpoch, maxBytes })).partitions.map(
      ({ partitionIndex }) => partitionIndex,
    )
  expect(await read(1, wanted)).toEqual([0])
  expect(await read(2)).toEqual([1])
  expect(await read(3)).toEqual([0])
})

test('a session error is told at the top', async () => {
  const body = await fetch(12, [], { sessionId: 99, sessionEpoch: 1 })
  expect(body).toMatchObject({ errorCode: ErrorCode.fetchSessionIdNotFound, sessionId: 0, responses: [] })
})

test('records are answered as they were sent, with offset and leader epoch filled in', async () => {
  append(0, 'a')
  const { partitions } = await fetch(4, [{}])
  expect(partitions[0]!.records!.subarray(16)).toEqual(batchOf(['a']).subarray(16))
})

test('when memory for answers is short, a fetch is given less, and is not made to wait for what it asked for', async () => {
  for (const value of ['a', 'b', 'c']) append(0, value.repeat(50_000))
  const whole = await fetch(12, [{}])
  node.services.responseMemory.take(2 ** 40)
  const part = await fetch(12, [{}], { minBytes: 120_000, maxWaitMs: 60_000 })
  expect(part.partitions[0]!.records!.length).toBeLessThan(whole.partitions[0]!.records!.length)
  expect(part.partitions[0]!.records!.length).toBeGreaterThan(50_000)
  expect(node.services.responseMemory.usedBytes).toBe(2 ** 40)
})
