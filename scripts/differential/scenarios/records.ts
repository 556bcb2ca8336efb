import { deleteRecordsApi } from '../../../src/protocol/messages/delete-records.ts'
import { initProducerIdApi } from '../../../src/protocol/messages/init-producer-id.ts'
import { listOffsetsApi } from '../../../src/protocol/messages/list-offsets.ts'
import { offsetForLeaderEpochApi } from '../../../src/protocol/messages/offset-for-leader-epoch.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { batch, fetch, produce } from './producing.ts'
import { createTopic } from './topics.ts'

export const records: Scenario = {
  name: 'records',
  about: 'produce, fetch, offsets by time, idempotent producers and deleting records, with what is refused',
  async run(target) {
    const topic = await createTopic(target, 'records', 3)
    await badRecords(target, topic)
    await idempotent(target, topic)
    await reading(target, topic)
    await offsets(target, topic)
    await deleting(target, topic)
  },
}

async function badRecords(target: Target, topic: string): Promise<void> {
  const good = batch(target, { records: 3 })
  await produce(target, 'three records', { topic, records: good })
  for (const version of [3, 7, 12]) await produce(target, 'a record', { topic, version, records: batch(target) })
  const damaged = Buffer.from(good)
  damaged[damaged.length - 1]! ^= 1
  await produce(target, 'a damaged batch', { topic, records: damaged })
  await produce(target, 'half a batch', { topic, records: good.subarray(0, 40) })
  await produce(target, 'no bytes', { topic, records: Buffer.alloc(0) })
  // Nothing of null records: Kafka 4.2 gives no answer at all.
  await produce(target, 'two batches', { topic, records: Buffer.concat([good, good]) })
  await produce(target, 'a control batch', { topic, records: batch(target, { control: true }) })
  await produce(target, 'a partition that is not there', { topic, partition: 9, records: good })
  await produce(target, 'a topic that is not there', { topic: target.name('nothing'), records: good })
  await produce(target, 'acks that are none', { topic, acks: 2, records: good })
  await produce(target, 'transactional, without an id', {
    topic,
    records: batch(target, { producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true }),
  })
}

async function idempotent(target: Target, topic: string): Promise<void> {
  const { producerId, producerEpoch } = await target.tell(initProducerIdApi, 4, {
    transactionalId: null,
    transactionTimeoutMs: 60_000,
  })
  target.learn('idempotent', producerId)
  const send = (step: string, baseSequence: number, epoch = producerEpoch, count = 1) =>
    produce(target, step, {
      topic,
      partition: 1,
      records: batch(target, { producerId, producerEpoch: epoch, baseSequence, records: count }),
    })
  await send('sequence 0', 0)
  await send('sequence 1 to 3', 1, producerEpoch, 3)
  await send('sequence 0 again', 0)
  await send('a gap', 9)
  await send('part of what was sent', 1)
  await send('sequence 4', 4)
  for (const sequence of [5, 6, 7, 8, 9]) await send(`sequence ${sequence}`, sequence)
  await send('what is long forgotten', 0)
  await send('a higher epoch, from the middle', 5, producerEpoch + 1)
  await send('a higher epoch', 0, producerEpoch + 1)
  await send('the old epoch', 10)
  await produce(target, 'a producer that nobody knows, from the middle', {
    topic,
    partition: 2,
    records: batch(target, { producerId: producerId + 1_000_000, producerEpoch: 0, baseSequence: 7 }),
  })
}

async function reading(target: Target, topic: string): Promise<void> {
  for (const version of [4, 7, 11, 12]) await fetch(target, 'from the start', { topic, offset: 0, version })
  await fetch(target, 'one byte', { topic, offset: 0, partitionMaxBytes: 1 })
  await fetch(target, 'within a batch', { topic, offset: 1 })
  await fetch(target, 'at the end', { topic, offset: 6 })
  await fetch(target, 'behind the end', { topic, offset: 99 })
  await fetch(target, 'before the start', { topic, offset: -5 })
  await fetch(target, 'a partition that is not there', { topic, partition: 9, offset: 0 })
  await fetch(target, 'a topic that is not there', { topic: target.name('nothing'), offset: 0 })
  for (const currentLeaderEpoch of [0, 7])
    await fetch(target, `epoch ${currentLeaderEpoch}`, { topic, offset: 0, currentLeaderEpoch })
}

async function offsets(target: Target, topic: string): Promise<void> {
  const times = [-1, -2, -3, -4, -5, target.baseTimestamp, target.baseTimestamp + 1, target.baseTimestamp + 3_600_000]
  for (const version of [1, 4, 7, 9])
    for (const timestamp of times) {
      // Kafka answers with UNSUPPORTED_VERSION where the version is too old for a special time; so do we.
      const list = [
        {
          name: topic,
          partitions: [
            { partitionIndex: 0, timestamp },
            { partitionIndex: 9, timestamp },
          ],
        },
      ]
      await target.ask(`offset at ${times.indexOf(timestamp)}`, listOffsetsApi, version, {
        replicaId: -1,
        isolationLevel: 0,
        topics: list,
      })
    }
  for (const leaderEpoch of [0, 1, -1])
    for (const currentLeaderEpoch of [-1, 0, 5])
      await target.ask(`end of epoch ${leaderEpoch}, now ${currentLeaderEpoch}`, offsetForLeaderEpochApi, 4, {
        replicaId: -1,
        topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }],
      })
}

async function deleting(target: Target, topic: string): Promise<void> {
  const remove = (offset: number, name = topic, partitionIndex = 0) =>
    target.ask(`delete to ${offset}`, deleteRecordsApi, 2, {
      topics: [{ name, partitions: [{ partitionIndex, offset }] }],
      timeoutMs: 5000,
    })
  await remove(2)
  await fetch(target, 'what is left', { topic, offset: 2 })
  await fetch(target, 'what was deleted', { topic, offset: 0 })
  await remove(1)
  await remove(99)
  await remove(-2)
  await remove(-1)
  await remove(0, target.name('nothing'))
  await remove(0, topic, 9)
  await fetch(target, 'nothing left', { topic, offset: 6 })
}
