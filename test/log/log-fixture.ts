import type { Setting } from '../../src/config/kinds.ts'
import { type TopicSettings, topicSettings } from '../../src/config/topic-settings.ts'
import type { Appended } from '../../src/log/appended.ts'
import type { Partition } from '../../src/log/partition.ts'
import type { FetchedRange } from '../../src/log/range-reader.ts'
import { Topics } from '../../src/log/topics.ts'
import { batchesIn } from '../../src/protocol/records/batch.ts'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { simulatedEnv } from '../support/simulated-env.ts'
import { type FakeStorage, fakeStorage } from './fake-storage.ts'

/** The settings of a topic with these overrides, over Kafka's defaults. */
export function settingsOf(overrides: ReadonlyMap<string, string>): TopicSettings {
  const settings: Record<string, Setting<unknown>> = topicSettings
  const effective = (name: string): unknown => {
    const text = overrides.get(name)
    return text === undefined ? settings[name]!.default : settings[name]!.kind.parse(text)
  }
  return Object.fromEntries(Object.keys(settings).map(name => [name, effective(name)])) as TopicSettings
}

export interface LogFixture {
  readonly env: ReturnType<typeof simulatedEnv>
  readonly storage: FakeStorage
  readonly topics: Topics
  readonly partition: Partition
  /** Appends a batch and counts its acknowledgement. */
  append(batch: Buffer): Appended
  /** Appends that were acknowledged, by base offset, in order. */
  readonly acknowledged: number[]
}

/** A topic with one partition over a fake storage; nothing is durable until `storage.commit()`. */
export function logFixture(
  options: { readonly overrides?: Record<string, string>; readonly cacheBytes?: number } = {},
): LogFixture {
  const env = simulatedEnv()
  const storage = fakeStorage()
  const state = { topics: [], nextPartitionId: 1 }
  const { writes, reader } = storage
  const topics = new Topics({ env, writes, reader, state, settingsOf, cacheBytes: options.cacheBytes ?? 1_000_000 })
  const overrides = new Map(Object.entries(options.overrides ?? {}))
  const partition = topics.create({ name: 'orders', partitionCount: 1, overrides }).topic.partitions[0]!
  storage.commit()
  const acknowledged: number[] = []
  const append = (batch: Buffer): Appended => {
    const appended = partition.append(batch, { nowMs: env.clock.now() }, () => acknowledged.push(appended.baseOffset))
    return appended
  }
  return { env, storage, topics, partition, append, acknowledged }
}

/** A batch of records with these times; the values are their positions, padded to `valueBytes`. */
export function batchAt(timestamps: readonly number[], options: BatchOptions & { valueBytes?: number } = {}): Buffer {
  const builder = new BatchBuilder()
  for (const [position, timestamp] of timestamps.entries()) {
    builder.append(
      timestamp,
      Buffer.from(`key-${position}`),
      Buffer.from(`${position}`.padEnd(options.valueBytes ?? 1)),
    )
  }
  return builder.build(options)
}

/** A batch of `count` records, all at `timestamp`. */
export function batchOf(count: number, options: Parameters<typeof batchAt>[1] & { timestamp?: number } = {}): Buffer {
  return batchAt(
    Array.from({ length: count }, () => options.timestamp ?? 1_700_000_000_000),
    options,
  )
}

/** The offsets of all records in a range. */
export function offsetsIn(range: FetchedRange): number[] {
  return range.batches.flatMap(piece =>
    [...batchesIn(piece)].flatMap(at => [...recordsIn(piece, at)].map(r => r.offset)),
  )
}
