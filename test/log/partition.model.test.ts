import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyRetention } from '../../src/log/apply-retention.ts'
import type { Partition } from '../../src/log/partition.ts'
import { Topics } from '../../src/log/topics.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { batchesIn } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'
import { openStorage, type Storage } from '../../src/storage/storage.ts'
import { simulatedEnv } from '../support/simulated-env.ts'
import { settingsOf } from './log-fixture.ts'

/** What the log should be: records in a plain array, the index being the offset. */
interface Model {
  readonly records: { readonly timestamp: number; readonly value: string; readonly acknowledged: boolean }[]
  logStartOffset: number
  /** The sequence that the idempotent producer uses next, and its last batch. */
  nextSequence: number
  lastBatch: { baseOffset: number; baseSequence: number; values: readonly [number, string][] } | undefined
}

interface Node {
  readonly storage: Storage
  readonly topics: Topics
  readonly partition: Partition
}

const topic = 'modelled'

for (let seed = 1; seed <= 8; seed++) {
  test(`a partition behaves as an array of records with a moving start (seed ${seed})`, () => run(seed))
}

async function run(seed: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'log-model-'))
  const env = simulatedEnv({ seed })
  const random = env.random
  const model: Model = { records: [], logStartOffset: 0, nextSequence: 0, lastBatch: undefined }
  // From no cache at all to one that holds everything.
  const cacheBytes = [0, 3_000, 20_000, 10_000_000][seed % 4]!
  let value = 0

  const onFailure = (error: unknown): void => {
    throw error
  }
  const open = async (): Promise<Node> => {
    const storage = await openStorage({ directory, durability: 'os', threads: false, env, onFailure })
    const { writes, reader, state } = storage
    const topics = new Topics({ env, writes, reader, state, settingsOf, cacheBytes })
    if (!topics.get(topic)) {
      topics.create({ name: topic, partitionCount: 1, overrides: new Map([['retention.bytes', '4000']]) })
    }
    return { storage, topics, partition: topics.get(topic)!.partitions[0]! }
  }
  let node = await open()

  /** Moves the clock until the work is done: commits happen in its turns. */
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

  const append = (records: readonly [number, string][], baseSequence?: number): void => {
    const builder = new BatchBuilder()
    for (const [timestamp, text] of records) builder.append(timestamp, null, Buffer.from(text))
    const producer = baseSequence === undefined ? {} : { producerId: 77, producerEpoch: 0, baseSequence }
    const compression = (['none', 'gzip', 'zstd'] as const)[random.below(3)]!
    const batch = builder.build({ ...producer, compression })
    const isRepeated = baseSequence !== undefined && baseSequence !== model.nextSequence
    const baseOffset = isRepeated ? model.lastBatch!.baseOffset : model.records.length
    const appended = node.partition.append(batch, { nowMs: env.clock.now() }, () => {
      for (let offset = baseOffset; offset < baseOffset + records.length; offset++) {
        model.records[offset] = { ...model.records[offset]!, acknowledged: true }
      }
    })
    expect(appended).toMatchObject({ baseOffset, duplicate: isRepeated })
    if (isRepeated) return
    for (const [timestamp, text] of records) model.records.push({ timestamp, value: text, acknowledged: false })
    if (baseSequence === undefined) return
    model.lastBatch = { baseOffset, baseSequence, values: records }
    model.nextSequence = baseSequence + records.length
  }

  const newRecords = (): [number, string][] =>
    Array.from({ length: 1 + random.below(8) }, () => [
      env.clock.now() - random.below(5_000),
      `value-${value++}`.padEnd(random.below(200), '.'),
    ])

  const read = async (): Promise<void> => {
    const { partition } = node
    const offset = model.logStartOffset - 2 + random.below(model.records.length - model.logStartOffset + 4)
    const maxBytes = random.below(5_000)
    const minOneBatch = random.below(2) === 0
    const request = { offset, maxBytes, minOneBatch, upTo: 'highWatermark' } as const
    const outside = offset < model.logStartOffset || offset > model.records.length
    const range = await settled(
      (async () => partition.read(request))().catch((error: unknown) => {
        if (error instanceof KafkaError && error.code === ErrorCode.offsetOutOfRange) return undefined
        throw error
      }),
    )
    expect(range === undefined).toBe(outside)
    if (!range) return
    const found = range.batches.flatMap(piece => [...batchesIn(piece)].flatMap(at => [...recordsIn(piece, at)]))
    const first = found[0]?.offset
    if (first === undefined) {
      expect(minOneBatch && offset < range.highWatermark).toBe(false)
      return
    }
    expect(first).toBeLessThanOrEqual(offset)
    expect(first + found.length).toBeGreaterThan(offset)
    expect(first + found.length).toBeLessThanOrEqual(range.highWatermark)
    if (range.batches.length > 1) expect(range.bytes).toBeLessThanOrEqual(maxBytes)
    for (const [position, record] of found.entries()) {
      expect(record.offset).toBe(first + position)
      const { timestamp, value: text } = model.records[record.offset]!
      expect([record.timestamp, record.value?.toString()]).toEqual([timestamp, text])
    }
  }

  const visible = () =>
    model.records
      .map((record, offset) => ({ ...record, offset }))
      .slice(model.logStartOffset, node.partition.highWatermark)

  const firstVisible = (isWanted: (timestamp: number) => boolean) => {
    const first = visible().find(({ timestamp }) => isWanted(timestamp))
    return { offset: first?.offset ?? -1, timestamp: first?.timestamp ?? -1 }
  }

  const lookUp = async (): Promise<void> => {
    const wanted = env.clock.now() - random.below(6_000)
    const atOrAfter = () => firstVisible(timestamp => timestamp >= wanted)
    const latest = () => {
      const highest = Math.max(-1, ...visible().map(({ timestamp }) => timestamp))
      return firstVisible(timestamp => timestamp === highest)
    }
    for (const [asked, answer] of [
      [wanted, atOrAfter],
      [-3, latest],
    ] as const) {
      // Records may become readable while we wait: both answers are right then.
      const before = answer()
      const { offset, timestamp } = await settled((async () => node.partition.listOffset(asked, 'highWatermark'))())
      expect([before, answer()]).toContainEqual({ offset, timestamp })
    }
  }

  const deleteRecords = async (): Promise<void> => {
    const target = model.logStartOffset + random.below(node.partition.highWatermark - model.logStartOffset + 1)
    expect(await settled(node.partition.deleteRecordsBefore(target))).toBe(target)
    model.logStartOffset = target
  }

  const retain = async (): Promise<void> => {
    const { topics, storage, partition } = node
    const before = partition.sizeBytes
    await settled(applyRetention({ env, topics, reader: storage.reader }))
    expect(partition.logStartOffset).toBeGreaterThanOrEqual(model.logStartOffset)
    expect(partition.sizeBytes).toBeGreaterThanOrEqual(Math.min(before, 4000))
    model.logStartOffset = partition.logStartOffset
  }

  const restart = async (): Promise<void> => {
    const { logEndOffset } = node.partition
    // Closing or not, all that was appended is durable by then: a crash is the storage's own test.
    if (random.below(2) === 0) node.topics.close()
    await settled(node.storage.close())
    const before = node.partition
    node = await open()
    expect(node.partition).toMatchObject({
      logStartOffset: model.logStartOffset,
      logEndOffset,
      highWatermark: logEndOffset,
      sizeBytes: before.sizeBytes,
    })
  }

  const steps: readonly (() => void | Promise<void>)[] = [
    () => append(newRecords()),
    () => append(newRecords(), model.nextSequence),
    () => model.lastBatch && append(model.lastBatch.values, model.lastBatch.baseSequence),
    () => env.clock.settle(),
    () => env.clock.advance(random.below(1000)),
    read,
    read,
    read,
    lookUp,
    () => (random.below(4) === 0 ? deleteRecords() : undefined),
    () => (random.below(6) === 0 ? retain() : undefined),
    () => (random.below(12) === 0 ? restart() : undefined),
  ]
  for (let step = 0; step < 400; step++) {
    await steps[random.below(steps.length)]!()
    const { partition } = node
    expect(partition.logEndOffset).toBe(model.records.length)
    expect(partition.logStartOffset).toBe(model.logStartOffset)
    expect(model.records.findIndex(({ acknowledged }) => !acknowledged)).toBe(
      partition.highWatermark === model.records.length ? -1 : partition.highWatermark,
    )
  }
  await settled(node.storage.close())
  rmSync(directory, { recursive: true })
}
