import type { CompressionName } from '../protocol/records/compression.ts'
import type { RequestError } from './failures.ts'
import type { ProducerIdentity } from './partition-queue.ts'
import { type Partitioner, partitioners } from './partitioner.ts'
import type { Acks } from './produce-request.ts'

export interface ProducerOptions {
  readonly acks?: Acks
  readonly compression?: CompressionName
  /** The most that a batch holds before compression. */
  readonly batchBytesMax?: number
  /** How long a batch waits for more records. */
  readonly lingerMs?: number
  /** The most that waits for acknowledgements; beyond it `isFull`. */
  readonly bufferBytesMax?: number
  /** After this time without success a batch fails. */
  readonly deliveryTimeoutMs?: number
  /** Numbers batches, so that retries neither double nor reorder records; default with acks `all`, impossible without. */
  readonly idempotent?: boolean
  readonly partitioner?: Partitioner
  /** Every record belongs to a transaction; needs acks `all`. */
  readonly transaction?: ProducerTransaction | undefined
  /** Called for each batch that a broker has acknowledged. */
  readonly onDelivery?: (delivery: Delivery) => void
  /** Called for each batch that fails for good. */
  readonly onFailure?: (failure: DeliveryFailure) => void
}

/** What a producer needs to know of the transaction that its records belong to. */
export interface ProducerTransaction {
  readonly transactionalId: string
  /** The newest version of Produce that fits the cluster's generation of transactions. */
  readonly produceVersionMax: () => number | undefined
  readonly identity: () => Promise<ProducerIdentity>
  /** Whether batches for the partition may be sent; else `include` it first. */
  readonly isIncluded: (topic: string, partition: number) => boolean
  readonly include: (partitions: readonly { readonly topic: string; readonly partition: number }[]) => Promise<void>
}

/** A batch that is in the log. */
export interface Delivery {
  readonly topic: string
  readonly partition: number
  readonly recordCount: number
  /** Offset of its first record; -1 if the broker does not tell (acks `none`, or a batch that it had already). */
  readonly baseOffset: number
}

export interface DeliveryFailure {
  readonly topic: string
  readonly partition: number
  readonly recordCount: number
  readonly error: RequestError
}

const defaults = {
  acks: 'all',
  compression: 'none',
  batchBytesMax: 512 * 1024,
  lingerMs: 5,
  bufferBytesMax: 16 * 1024 * 1024,
  deliveryTimeoutMs: 30_000,
  idempotent: true,
  partitioner: partitioners.murmur2,
  transaction: undefined,
  onDelivery: () => {},
  onFailure: () => {},
} as const satisfies ProducerSettings

/** Options with nothing left open. */
export type ProducerSettings = Required<Omit<ProducerOptions, 'transaction'>> & Pick<ProducerOptions, 'transaction'>

/** The options that are given, and the defaults for the others. */
export function withDefaults(options: ProducerOptions): ProducerSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}
