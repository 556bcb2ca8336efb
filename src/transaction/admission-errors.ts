import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { ClientGeneration } from './admission.ts'

/**
 * Does the work of an admission; what it throws becomes what a client of that generation understands in an answer to
 * Produce and TxnOffsetCommit, as Kafka's AddPartitionsToTxnManager and ReplicaManager translate it.
 */
export function forClient({ implicit, knowsAbortable }: ClientGeneration, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const code = codeFor(error.code, { implicit, knowsAbortable })
    throw code === error.code ? error : new KafkaError(code, error.message, { cause: error })
  }
}

function codeFor(code: number, { implicit, knowsAbortable }: ClientGeneration): number {
  switch (code) {
    case ErrorCode.producerFenced:
      return ErrorCode.invalidProducerEpoch
    case ErrorCode.transactionAbortable:
      return knowsAbortable ? code : ErrorCode.invalidTxnState
    case ErrorCode.concurrentTransactions:
      // Producers of the first generation come again after this one only.
      return implicit ? code : ErrorCode.notEnoughReplicas
    default:
      return code
  }
}
