import { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { listOffsetsApi } from '../../../src/protocol/messages/list-offsets.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import { BatchBuilder } from '../../../src/protocol/records/build.ts'
import type { Target } from '../target.ts'

/** What a batch says of its producer. */
export interface BatchOf {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  readonly records?: number
  /** Milliseconds behind the base time. */
  readonly at?: number
  readonly key?: Buffer | null
}

export function batch(
  target: Target,
  { records = 1, at = 0, key = Buffer.from('k'), ...options }: BatchOf = {},
): Buffer {
  const builder = new BatchBuilder()
  for (let count = 0; count < records; count++)
    builder.append(target.baseTimestamp + at + count, key, Buffer.from('value'))
  return builder.build(options)
}

export interface ProduceOf {
  readonly topic: string
  readonly partition?: number
  readonly version?: number
  readonly acks?: number
  readonly transactionalId?: string | null
  readonly records: Buffer | null
}

export function produce(target: Target, step: string, request: ProduceOf) {
  const { topic, partition = 0, version = 9, acks = -1, transactionalId = null, records } = request
  const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
  return target.ask(step, produceApi, version, { transactionalId, acks, timeoutMs: 5000, topicData })
}

export interface FetchOf {
  readonly topic: string
  readonly partition?: number
  readonly offset: number
  readonly committed?: boolean
  readonly version?: number
  readonly partitionMaxBytes?: number
  readonly currentLeaderEpoch?: number
}

export function fetch(target: Target, step: string, request: FetchOf) {
  const { topic, partition = 0, offset, committed = false, version = 11, partitionMaxBytes = 1_000_000 } = request
  const { currentLeaderEpoch = -1 } = request
  return target.ask(step, fetchApi, version, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 10_000_000,
    isolationLevel: committed ? 1 : 0,
    topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes, currentLeaderEpoch }] }],
    forgottenTopicsData: [],
  })
}

/** What each level of isolation can read, of some partitions. */
export async function readable(
  target: Target,
  step: string,
  topic: string,
  partitions: readonly number[],
): Promise<void> {
  for (const isolationLevel of [0, 1]) {
    const asked = partitions.map(partitionIndex => ({ partitionIndex, timestamp: -1 }))
    await target.ask(`${step}, ends at isolation ${isolationLevel}`, listOffsetsApi, 6, {
      replicaId: -1,
      isolationLevel,
      topics: [{ name: topic, partitions: asked }],
    })
    for (const partition of partitions)
      await fetch(target, `${step}, partition ${partition} at isolation ${isolationLevel}`, {
        topic,
        partition,
        offset: 0,
        committed: isolationLevel === 1,
      })
  }
}
