import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Partition } from '../../src/log/partition.ts'
import type { FetchedRange } from '../../src/log/range-reader.ts'
import { Topics } from '../../src/log/topics.ts'
import {
  batchAttributes,
  batchesIn,
  batchLastOffset,
  batchProducerId,
  isControl,
  isTransactional,
} from '../../src/protocol/records/batch.ts'
import { controlTypeOf } from '../../src/protocol/records/control.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { openStorage, type Storage } from '../../src/storage/storage.ts'
import { simulatedEnv } from '../support/simulated-env.ts'
import { batchOf, settingsOf } from './log-fixture.ts'

interface Transaction {
  readonly firstOffset: number
  fate: 'open' | 'committed' | 'aborted'
  markerIsDurable: boolean
}

/** One offset of the log: a record, of a transaction or of none, or a marker. */
interface Slot {
  readonly kind: 'record' | 'marker'
  readonly transaction: Transaction | undefined
}

interface Producer {
  readonly id: number
  epoch: number
  nextSequence: number
  transaction: Transaction | undefined
}

interface Node {
  readonly storage: Storage
  readonly topics: Topics
  readonly partition: Partition
}

for (let seed = 1; seed <= 8; seed++) {
  test(`who reads what is committed sees that and nothing else (seed ${seed})`, () => run(seed))
}

async function run(seed: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'transaction-model-'))
  const env = simulatedEnv({ seed })
  const { random } = env
  const cacheBytes = [0, 3_000, 20_000, 10_000_000][seed % 4]!
  const slots: Slot[] = []
  const transactions: Transaction[] = []
  const producers: Producer[] = [1, 2, 3, 4].map(id => ({ id, epoch: 0, nextSequence: 0, transaction: undefined }))
  let logStartOffset = 0

  const open = async (): Promise<Node> => {
    const onFailure = (error: unknown): void => {
      throw error
    }
    const storage = await openStorage({ directory, durability: 'os', threads: false, env, onFailure })
    const { writes, reader, state } = storage
    const topics = new Topics({ env, writes, reader, state, settingsOf, cacheBytes })
    if (!topics.get('modelled')) topics.create({ name: 'modelled', partitionCount: 1 })
    return { storage, topics, partition: topics.get('modelled')!.partitions[0]! }
  }
  let node = await open()

  const settled = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false
    const watched = work.finally(() => {
      isDone = true
    })
    watched.catch(() => {})
    for (let turn = 0; !isDone && turn < 1000; turn++) {
      env.clock.settle()
      await Promise.resolve()
    }
    return watched
  }

  const append = (producer: Producer | undefined): void => {
    const count = 1 + random.below(4)
    const fields = producer && {
      producerId: producer.id,
      producerEpoch: producer.epoch,
      baseSequence: producer.nextSequence,
      transactional: true,
    }
    const nowMs = env.clock.now()
    const { baseOffset } = node.partition.append(batchOf(count, { timestamp: nowMs, ...fields }), { nowMs }, () => {})
    expect(baseOffset).toBe(slots.length)
    if (producer) {
      producer.nextSequence += count
      producer.transaction ??= { firstOffset: baseOffset, fate: 'open', markerIsDurable: false }
      if (producer.transaction.firstOffset === baseOffset) transactions.push(producer.transaction)
    }
    for (let record = 0; record < count; record++) {
      slots.push({ kind: 'record', transaction: producer?.transaction })
    }
  }

  /** Ends what the producer has open, with or without the next epoch; writes a marker also where there is nothing. */
  const end = (producer: Producer): void => {
    const committed = random.below(2) === 0
    const { transaction } = producer
    if (random.below(2) === 0) {
      producer.epoch++
      producer.nextSequence = 0
    }
    const { id: producerId, epoch: producerEpoch } = producer
    const ending = { producerId, producerEpoch, coordinatorEpoch: 0, committed, timestampMs: env.clock.now() }
    node.storage.writes.together(() =>
      node.partition.endTransaction(ending, () => {
        if (transaction) transaction.markerIsDurable = true
      }),
    )
    slots.push({ kind: 'marker', transaction })
    if (transaction) transaction.fate = committed ? 'committed' : 'aborted'
    producer.transaction = undefined
  }

  const read = async (): Promise<void> => {
    const { partition } = node
    const offset = logStartOffset + random.below(slots.length - logStartOffset + 1)
    const request = { offset, maxBytes: random.below(3_000), minOneBatch: true, upTo: 'lastStableOffset' } as const
    const stableBefore = stableOffset()
    const range = await settled((async () => partition.read(request))())
    const { seen, endOffset } = committedIn(range, offset)
    expect(endOffset).toBeLessThanOrEqual(range.lastStableOffset)
    if (offset < stableBefore) expect(endOffset).toBeGreaterThan(offset)
    const expected = slots.flatMap(({ kind, transaction }, at) =>
      kind === 'record' && transaction?.fate !== 'aborted' && at >= offset && at < endOffset ? [at] : [],
    )
    expect(seen).toEqual(expected)
    for (const { firstOffset } of range.abortedTransactions) expect(firstOffset).toBeLessThan(endOffset)
  }

  const stableOffset = (): number => {
    const undecided = transactions.filter(({ fate, markerIsDurable }) => fate === 'open' || !markerIsDurable)
    const oldest = Math.min(node.partition.highWatermark, ...undecided.map(({ firstOffset }) => firstOffset))
    return Math.max(oldest, logStartOffset)
  }

  const deleteRecords = async (): Promise<void> => {
    logStartOffset += random.below(node.partition.highWatermark - logStartOffset + 1)
    await settled(node.partition.deleteRecordsBefore(logStartOffset))
  }

  const restart = async (): Promise<void> => {
    if (random.below(2) === 0) node.topics.close()
    await settled(node.storage.close())
    node = await open()
  }

  const anyProducer = (): Producer => producers[random.below(producers.length)]!
  const steps: readonly (() => void | Promise<void>)[] = [
    () => append(undefined),
    () => append(anyProducer()),
    () => append(anyProducer()),
    () => end(anyProducer()),
    () => env.clock.settle(),
    read,
    read,
    () => (random.below(8) === 0 ? deleteRecords() : undefined),
    () => (random.below(12) === 0 ? restart() : undefined),
  ]
  for (let step = 0; step < 400; step++) {
    await steps[random.below(steps.length)]!()
    expect(node.partition.lastStableOffset).toBe(stableOffset())
    for (const { id, transaction } of producers) {
      expect(node.partition.hasOpenTransaction(id)).toBe(transaction !== undefined)
    }
  }
  await settled(node.storage.close())
  rmSync(directory, { recursive: true })
}

/** Filters a range as Kafka's consumer does: the offsets that it would return, and where the range ends. */
function committedIn(range: FetchedRange, from: number): { seen: number[]; endOffset: number } {
  const aborted = range.abortedTransactions.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const skipped = new Set<number>()
  const seen: number[] = []
  let endOffset = 0
  for (const piece of range.batches) {
    for (const at of batchesIn(piece)) {
      endOffset = batchLastOffset(piece, at) + 1
      while (aborted[0] && aborted[0].firstOffset < endOffset) skipped.add(aborted.shift()!.producerId)
      const attributes = batchAttributes(piece, at)
      const producerId = batchProducerId(piece, at)
      const records = [...recordsIn(piece, at)]
      if (isControl(attributes)) {
        if (controlTypeOf(records[0]!.key) === 'abort') skipped.delete(producerId)
      } else if (!(isTransactional(attributes) && skipped.has(producerId))) {
        seen.push(...records.map(({ offset }) => offset).filter(offset => offset >= from))
      }
    }
  }
  return { seen, endOffset }
}
