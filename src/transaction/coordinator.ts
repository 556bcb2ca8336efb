import type { Env } from '../base/env.ts'
import type { ProducerIds } from '../log/producer-ids.ts'
import type { Topics } from '../log/topics.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { RecoveredState } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { Admissions, OffsetsAdmission, ProduceAdmission } from './admission.ts'
import type { Participant } from './participant.ts'
import type { TransactionSettings } from './settings.ts'

export interface TransactionCoordinatorOptions {
  readonly env: Env
  readonly writes: WriteQueue
  readonly recovered: Pick<RecoveredState, 'transactions'>
  readonly topics: Topics
  readonly producerIds: ProducerIds
  readonly participants: readonly Participant[]
  readonly settings: () => TransactionSettings
}

/** Coordinates the transactions of all transactional ids. */
export class TransactionCoordinator implements Admissions {
  readonly #options: TransactionCoordinatorOptions

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
  }

  admitProduce({ transactionalId }: ProduceAdmission): void {
    throw this.#unknown(transactionalId)
  }

  admitOffsets({ transactionalId }: OffsetsAdmission): void {
    throw this.#unknown(transactionalId)
  }

  /** Aborts transactions that are open for longer than their producers asked for. A job calls it now and then. */
  abortTimedOut(): void {}

  /** Forgets transactional ids that have not been used for long. A job calls it now and then. */
  expireIds(): void {}

  #unknown(transactionalId: string): KafkaError {
    this.#options.env.log.debug('unknown transactional id', { transactionalId })
    return new KafkaError(ErrorCode.invalidProducerIdMapping)
  }
}
