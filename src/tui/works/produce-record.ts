import type { Env } from '../../base/env.ts'
import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { RequestError } from '../../client/failures.ts'
import { Producer } from '../../client/producer.ts'
import { defineWork, type Work } from '../work.ts'

/** A record to be written. */
export interface NewRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
  /** Undefined: the partitioner chooses. */
  readonly partition: number | undefined
}

export interface ProduceRecord extends Work {
  readonly kind: 'produce'
  readonly topic: string
  readonly record: NewRecord
}

export const produceWork = defineWork<ProduceRecord>(async ({ cluster, env, work }) => {
  return { message: await produceOne(cluster, env, work.topic, work.record) }
})

/** Writes one record, acknowledged by all replicas; answers with a sentence that says where it is. Throws `RequestError`. */
export async function produceOne(cluster: Cluster, env: Env, topic: string, record: NewRecord): Promise<string> {
  let failure: RequestError | undefined
  let place = ''
  const producer = new Producer(cluster, {
    lingerMs: 0,
    onDelivery: ({ partition, baseOffset }) => {
      place = `partition ${partition}${baseOffset < 0 ? '' : `, offset ${baseOffset}`}`
    },
    onFailure: ({ error }) => {
      failure = error
    },
  })
  try {
    const writer = await producer.topic(topic)
    const { key, value, headers, partition } = record
    if (partition !== undefined && partition >= writer.partitionCount) {
      throw new OperatorError(`there is no partition ${partition}: ${topic} has ${writer.partitionCount}`)
    }
    const [keyEnd, valueEnd] = [key?.length ?? 0, value?.length ?? 0]
    writer.append(env.clock.now(), key, 0, keyEnd, value, 0, valueEnd, headers, partition)
    await producer.flush()
  } finally {
    producer.close()
  }
  if (failure) throw failure
  return `produced to ${topic}: ${place}`
}
