import { expect, test } from 'vitest'
import { Topics } from '../../src/log/topics.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { batchOf, logFixture, settingsOf } from './log-fixture.ts'

const failing = (code: number) => expect.objectContaining({ code })

test('a new topic is there at once, and durable later', async () => {
  const { topics, storage } = logFixture()
  const { topic, durable } = topics.create({ name: 'new', partitionCount: 3 })
  let isDurable = false
  const waiting = durable.then(() => {
    isDurable = true
  })
  expect(topics.get('new')).toBe(topic)
  expect(topics.byId(topic.id)).toBe(topic)
  expect(topic.partitions.map(({ index }) => index)).toEqual([0, 1, 2])
  await Promise.resolve()
  expect(isDurable).toBe(false)
  storage.commit()
  await waiting
  expect(storage.changes.at(-1)).toMatchObject({
    kind: 'createTopic',
    topicId: topic.id,
    name: 'new',
    partitions: [{ index: 0 }, { index: 1 }, { index: 2 }],
  })
})

test('partition ids are never used twice', async () => {
  const { topics, storage } = logFixture()
  const ids: number[] = []
  for (let round = 0; round < 3; round++) {
    ids.push(...topics.create({ name: 'again', partitionCount: 2 }).topic.partitions.map(({ id }) => id))
    const deleted = topics.delete('again')
    storage.commit()
    await deleted
  }
  expect(new Set(ids).size).toBe(6)
})

test('a topic that exists, or whose name collides, is refused', () => {
  const { topics } = logFixture()
  topics.create({ name: 'a.b_c', partitionCount: 1 })
  expect(() => topics.create({ name: 'orders', partitionCount: 1 })).toThrow(failing(ErrorCode.topicAlreadyExists))
  expect(() => topics.create({ name: 'a_b.c', partitionCount: 1 })).toThrow(failing(ErrorCode.invalidTopicException))
  expect(() => topics.create({ name: '..', partitionCount: 1 })).toThrow(failing(ErrorCode.invalidTopicException))
})

test('a deleted name is free again, for colliding names too, and the topic gets another id', () => {
  const { topics } = logFixture()
  const first = topics.create({ name: 'a.b', partitionCount: 1 }).topic
  void topics.delete('a.b')
  expect(topics.get('a.b')).toBeUndefined()
  expect(topics.byId(first.id)).toBeUndefined()
  expect(topics.create({ name: 'a_b', partitionCount: 1 }).topic.id).not.toBe(first.id)
})

test('a topic has at least one partition and at most ten thousand new ones at a time', () => {
  const { topics } = logFixture()
  for (const partitionCount of [0, -1, 1.5]) {
    expect(() => topics.checkNew({ name: 'x', partitionCount })).toThrow(failing(ErrorCode.invalidPartitions))
  }
  expect(() => topics.checkNew({ name: 'x', partitionCount: 10_001 })).toThrow(failing(ErrorCode.policyViolation))
  topics.checkNew({ name: 'x', partitionCount: 10_000 })
  expect(topics.get('x')).toBeUndefined()
})

test("Kafka's own topics are internal, whoever creates them", () => {
  const { topics } = logFixture()
  expect(topics.create({ name: '__consumer_offsets', partitionCount: 1 }).topic.internal).toBe(true)
  expect(topics.get('orders')?.internal).toBe(false)
})

test('a topic can get more partitions, not fewer', async () => {
  const { topics, storage } = logFixture()
  const before = topics.get('orders')!.partitions[0]
  const added = topics.addPartitions('orders', 4)
  storage.commit()
  await added
  expect(topics.get('orders')!.partitions.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  expect(topics.get('orders')!.partitions[0]).toBe(before)
  for (const total of [4, 1, 0]) {
    await expect(topics.addPartitions('orders', total)).rejects.toMatchObject({ code: ErrorCode.invalidPartitions })
  }
  await expect(topics.addPartitions('none', 2)).rejects.toMatchObject({ code: ErrorCode.unknownTopicOrPartition })
})

test('new settings hold from the next batch on, and only what changed is written', async () => {
  const { topics, storage, append } = logFixture({ overrides: { 'retention.ms': '5', 'max.message.bytes': '1000' } })
  const changed = topics.setOverrides(
    'orders',
    new Map([
      ['max.message.bytes', '10'],
      ['retention.ms', '5'],
    ]),
  )
  expect(() => append(batchOf(1))).toThrow(failing(ErrorCode.messageTooLarge))
  storage.commit()
  await changed
  expect(storage.changes.at(-1)).toMatchObject({ kind: 'saveSettings', settings: { 'max.message.bytes': '10' } })
  const removed = topics.setOverrides('orders', new Map([['retention.ms', '5']]))
  append(batchOf(1))
  storage.commit()
  await removed
  expect(storage.changes.at(-1)).toMatchObject({ kind: 'saveSettings', settings: { 'max.message.bytes': null } })
})

test('producer state that was replayed at the start is in the next snapshot', () => {
  const { env, storage } = logFixture()
  const { writes, reader } = storage
  const replayed = {
    ...{ producerId: 7, epoch: 0, baseSequence: 0, lastSequence: 4, baseOffset: 0, lastOffset: 4, maxTimestamp: 1 },
    ...{ transactional: false, marker: undefined },
  }
  const partition = (partitionId: number, replay: readonly (typeof replayed)[]) => ({
    ...{ partitionId, index: partitionId, leaderEpoch: 0, logStartOffset: 0, logEndOffset: 5, bytes: 100, aborted: [] },
    producers: { snapshot: [], replay },
  })
  const topic = { topicId: 'x', name: 'x', createdMs: 0, internal: false, overrides: {} }
  const state = { topics: [{ ...topic, partitions: [partition(0, [replayed]), partition(1, [])] }], nextPartitionId: 2 }
  new Topics({ env, writes, reader, state, settingsOf, cacheBytes: 0 }).close()
  storage.commit()
  expect(storage.changes.at(-1)).toMatchObject({
    kind: 'saveProducers',
    partitions: [{ partitionId: 0, uptoOffset: 5, producers: [{ producerId: 7, batches: [{ lastSequence: 4 }] }] }],
  })
})

test('deleting an unknown topic is refused', async () => {
  const { topics } = logFixture()
  await expect(topics.delete('none')).rejects.toMatchObject({ code: ErrorCode.unknownTopicOrPartition })
})

test("when the broker's settings change, topics follow where they have none of their own", () => {
  const { env, storage } = logFixture()
  const { writes, reader } = storage
  let brokerBytes = 1000
  const topics = new Topics({
    env,
    writes,
    reader,
    state: { topics: [], nextPartitionId: 1 },
    settingsOf: overrides => settingsOf(new Map([['max.message.bytes', `${brokerBytes}`], ...overrides])),
    cacheBytes: 0,
  })
  const plain = topics.create({ name: 'plain', partitionCount: 1 }).topic
  const own = topics.create({ name: 'own', partitionCount: 1, overrides: new Map([['max.message.bytes', '7']]) }).topic
  brokerBytes = 2000
  topics.refreshSettings()
  expect([plain, own].map(({ rules }) => rules.maxMessageBytes)).toEqual([2000, 7])
})
