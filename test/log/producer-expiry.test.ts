import { expect, test } from 'vitest'
import { expireProducers } from '../../src/log/producer-expiry.ts'
import { batchOf, logFixture } from './log-fixture.ts'

test('a producer that has been silent for long enough may start anew at any sequence', () => {
  const { env, topics, append, partition, storage } = logFixture()
  const send = (baseSequence: number) => append(batchOf(1, { producerId: 3, producerEpoch: 0, baseSequence }))
  send(0)
  env.clock.advance(900)
  expireProducers(topics, env.clock.now() - 1000)
  expect(() => send(17)).toThrow()
  env.clock.advance(300)
  expireProducers(topics, env.clock.now() - 1000)
  expect([...partition.producers()]).toEqual([])
  topics.close()
  storage.commit()
  expect(storage.changes.at(-1)).toMatchObject({ partitions: [{ partitionId: partition.id, producers: [] }] })
  expect(send(17).baseOffset).toBe(1)
})
