import type { ActiveProducer, TransactionDescription } from '../../client/txn-admin.ts'

/** What a partition knows of an open transaction, and what the coordinators know of its producer. */
export interface HangingQuestion {
  readonly producers: readonly ActiveProducer[]
  /** Of all transactional ids that have one of these producers. */
  readonly transactions: readonly TransactionDescription[]
  readonly nowMs: number
  /** No transaction that is alive is silent for so long. */
  readonly silentForMs: number
}

/**
 * The open transactions that no coordinator will end (KIP-664, as `kafka-transactions find-hanging`): silent for longer
 * than any timeout, and no transactional id has their producer and that partition in an open transaction.
 */
export function hangingTransactions(question: HangingQuestion): readonly ActiveProducer[] {
  return openCandidates(question).filter(
    ({ topic, partition, producerId }) =>
      !question.transactions.some(
        transaction =>
          transaction.producerId === producerId &&
          transaction.partitions.some(known => known.topic === topic && known.partition === partition),
      ),
  )
}

/** Those that are worth asking the coordinators about. */
export function openCandidates({
  producers,
  nowMs,
  silentForMs,
}: Omit<HangingQuestion, 'transactions'>): readonly ActiveProducer[] {
  return producers.filter(
    ({ openSinceOffset, lastTimestampMs }) => openSinceOffset !== null && nowMs - lastTimestampMs > silentForMs,
  )
}
