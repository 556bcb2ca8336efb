import { afterAll, beforeAll, expect } from 'vitest'
import { bytes, withConnection } from './kafka-bytes.ts'
import { faultsOf, type RunningNode, startNode } from './program.ts'

/** Where the compatibility tests run: a node of their own, or the cluster that STREAMCTL_TEST_BROKERS names. */
export interface TestCluster {
  /** HOST:PORT of one broker. */
  readonly brokers: string
  /** A name that no other test uses, also where the cluster outlives the tests. */
  readonly uniqueName: (word: string) => string
}

/** A cluster for all tests of the file: started before the first, stopped behind the last, which must leave no fault. */
export function clusterForFile(): TestCluster {
  const external = process.env.STREAMCTL_TEST_BROKERS
  let node: RunningNode | undefined
  let count = 0
  if (!external) {
    beforeAll(async () => {
      node = await startNode()
    })
    afterAll(async () => {
      if (!node) return
      const { exitCode } = await node.stop()
      expect({ exitCode, faults: faultsOf(node) }).toEqual({ exitCode: 0, faults: [] })
    })
  }
  return {
    get brokers() {
      const brokers = external ?? node?.address
      if (!brokers) throw new Error('the node has not been started')
      return brokers
    },
    uniqueName: word => `${word}-${process.pid}-${Date.now().toString(36)}-${count++}`,
  }
}

const createTopicsKey = 19
const fetchKey = 1

/** Creates a topic through the wire alone (CreateTopics v2). */
export async function createTopic(
  brokers: string,
  topic: string,
  options: { partitions?: number; settings?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const settings = Object.entries(options.settings ?? {})
  const definition = [
    bytes.string(topic),
    bytes.int32(options.partitions ?? 1),
    bytes.int16(1),
    bytes.array([]),
    bytes.array(settings.map(([name, value]) => Buffer.concat([bytes.string(name), bytes.string(value)]))),
  ]
  const body = Buffer.concat([bytes.array([Buffer.concat(definition)]), bytes.int32(15_000), bytes.int8(0)])
  const answer = await withConnection(brokers, connection => connection.request(createTopicsKey, 2, body))
  // throttle_time_ms, the array's length, then name and error code of the one topic.
  const errorCode = answer.readInt16BE(8 + 2 + answer.readInt16BE(8))
  if (errorCode !== 0) throw new Error(`CreateTopics ${topic}: error ${errorCode}`)
}

/** The versions of an API that the cluster serves, from ApiVersions v0. */
export async function servedVersions(brokers: string, apiKey: number): Promise<{ min: number; max: number }> {
  const answer = await withConnection(brokers, connection => connection.request(18, 0, Buffer.alloc(0)))
  for (let at = 6; at < answer.length; at += 6)
    if (answer.readInt16BE(at) === apiKey) return { min: answer.readInt16BE(at + 2), max: answer.readInt16BE(at + 4) }
  throw new Error(`API ${apiKey} is not served`)
}

/** What a record batch says of itself. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly codec: string
  readonly producerId: number
  readonly recordCount: number
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** The batches at the start of a partition as they are stored, read through the wire alone (Fetch v4). */
export async function storedBatches(brokers: string, topic: string, partition = 0): Promise<StoredBatch[]> {
  const request = Buffer.concat([
    ...[bytes.int32(-1), bytes.int32(1000), bytes.int32(1), bytes.int32(50_000_000), bytes.int8(0)],
    ...[bytes.int32(1), bytes.string(topic), bytes.int32(1)],
    ...[bytes.int32(partition), bytes.int64(0), bytes.int32(50_000_000)],
  ])
  const answer = await withConnection(brokers, connection => connection.request(fetchKey, 4, request))
  // throttle_time_ms, topics, the name, partitions, the index; then the error code and both watermarks.
  const afterName = 8 + 2 + answer.readInt16BE(8)
  const errorCode = answer.readInt16BE(afterName + 8)
  if (errorCode !== 0) throw new Error(`Fetch ${topic}: error ${errorCode}`)
  const aborted = Math.max(0, answer.readInt32BE(afterName + 26))
  const recordsAt = afterName + 30 + 16 * aborted
  const records = answer.subarray(recordsAt + 4, recordsAt + 4 + answer.readInt32BE(recordsAt))
  const batches: StoredBatch[] = []
  for (let at = 0; at + 61 <= records.length; at += 12 + records.readInt32BE(at + 8))
    batches.push({
      baseOffset: Number(records.readBigInt64BE(at)),
      codec: codecs[records.readInt16BE(at + 21) & 7] ?? 'unknown',
      producerId: Number(records.readBigInt64BE(at + 43)),
      recordCount: records.readInt32BE(at + 57),
    })
  return batches
}

/** The codecs that the batches of a partition are stored with. Clients leave a batch that would not shrink as it is. */
export async function storedCodecs(brokers: string, topic: string): Promise<string[]> {
  return [...new Set((await storedBatches(brokers, topic)).map(batch => batch.codec))]
}
