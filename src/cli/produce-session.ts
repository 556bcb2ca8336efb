import type { Cluster } from '../client/cluster.ts'
import { RequestError } from '../client/failures.ts'
import type { Partitioner } from '../client/partitioner.ts'
import { Producer } from '../client/producer.ts'
import type { Delivery, ProducerOptions } from '../client/producer-options.ts'
import { TransactionalProducer } from '../client/transactional-producer.ts'
import type { DeliveryReport } from './delivery-report.ts'

const acks = { all: 'all', '-1': 'all', '1': 'leader', '0': 'none' } as const

export interface SessionOptions {
  readonly acks: keyof typeof acks
  readonly compression: ProducerOptions['compression']
  readonly idempotent: boolean
  readonly partitioner: Partitioner
  readonly transactionalId?: string
  readonly transactionTimeoutMs: number
  readonly deliveryTimeoutMs: number
  /** Told of every batch that a broker has acknowledged, besides the report. */
  readonly onDelivery?: (delivery: Delivery) => void
}

/** One run of records into a cluster, in a transaction or without. */
export interface ProduceSession {
  readonly sender: Producer | TransactionalProducer
  /** A record of the transaction has failed: nothing of it can be committed. */
  readonly isLost: boolean
  begin(): Promise<void>
  /** Sends what is left and ends the transaction, if there is one. What fails is in the report, and aborts. */
  end(options: { readonly commit: boolean }): Promise<void>
  close(): void
}

export function openSession(cluster: Cluster, report: DeliveryReport, options: SessionOptions): ProduceSession {
  const { transactionalId, acks: acksText, idempotent, transactionTimeoutMs, ...rest } = options
  const onDelivery = (delivery: Delivery): void => {
    report.delivered(delivery)
    options.onDelivery?.(delivery)
  }
  const { compression, partitioner, deliveryTimeoutMs } = rest
  if (transactionalId !== undefined) {
    const producer = new TransactionalProducer(cluster, {
      transactionalId,
      transactionTimeoutMs,
      compression,
      partitioner,
      deliveryTimeoutMs,
      onDelivery,
    })
    return transactionalSession(producer, report)
  }
  const producer = new Producer(cluster, {
    acks: acks[acksText],
    idempotent,
    compression,
    partitioner,
    deliveryTimeoutMs,
    onDelivery,
    onFailure: failure => report.failed(failure),
  })
  return {
    sender: producer,
    isLost: false,
    begin: async () => {},
    end: () => producer.flush(),
    close: () => producer.close(),
  }
}

function transactionalSession(producer: TransactionalProducer, report: DeliveryReport): ProduceSession {
  let isBegun = false
  const abort = async (): Promise<void> => {
    await producer.abort()
    report.aborted()
  }
  return {
    sender: producer,
    get isLost() {
      return producer.failure !== undefined
    },
    begin: async () => {
      await producer.begin()
      isBegun = true
    },
    end: async ({ commit }) => {
      if (!isBegun) return
      if (!commit) return abort()
      try {
        await producer.commit()
      } catch (error) {
        if (!(error instanceof RequestError)) throw error
        report.failed({ error: await reasonBehind(error, abort), recordCount: 0 })
        report.aborted()
      }
    },
    close: () => producer.close(),
  }
}

/** A broker that refuses an epoch does not tell why; whoever then cannot abort has a successor, which has done it. */
async function reasonBehind(error: RequestError, abort: () => Promise<void>): Promise<RequestError> {
  try {
    await abort()
    return error
  } catch (problem) {
    if (problem instanceof RequestError) return problem
    throw problem
  }
}
