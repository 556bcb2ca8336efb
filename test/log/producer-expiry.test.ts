import { expect, test } from 'vitest'
import { ProducerExpiry } from '../../src/log/producer-expiry.ts'
import { batchOf, logFixture } from './log-fixture.ts'

test('a producer that has been silent for long enough may start anew at any sequence', () => {
  const { env, topics, append, partition, storage } = logFixture()
  const expiry = new ProducerExpiry({ env, topics, expirationMs: () => 1000, intervalMs: () => 600 })
  expiry.start()
  const send = (baseSequence: number) => append(batchOf(1, { producerId: 3, producerEpoch: 0, baseSequence }))
  send(0)
  env.clock.advance(900)
  expect(() => send(17)).toThrow()
  env.clock.advance(300)
  expect([...partition.producers()]).toEqual([])
  topics.close()
  storage.commit()
  expect(storage.changes.at(-1)).toMatchObject({ partitions: [{ partitionId: partition.id, producers: [] }] })
  expect(send(17).baseOffset).toBe(1)
  expiry.close()
  env.clock.advance(10_000)
  expect([...partition.producers()]).toHaveLength(1)
})
