/** The producer that a request names. */
export interface TransactionClaim {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** What the version of a client's request says of the client (KIP-890). */
export interface ClientGeneration {
  /** The request itself adds to the transaction: Produce 12+, TxnOffsetCommit 5+. */
  readonly implicit: boolean
  /** The client knows TRANSACTION_ABORTABLE: Produce 11+, TxnOffsetCommit 4+. Others get INVALID_TXN_STATE. */
  readonly knowsAbortable: boolean
}

/** A transactional batch asks to be appended to a partition. */
export interface ProduceAdmission extends TransactionClaim, ClientGeneration {
  readonly topic: string
  readonly partition: number
}

/** Offsets of a group ask to be kept for the end of a transaction. */
export interface OffsetsAdmission extends TransactionClaim, ClientGeneration {
  readonly groupId: string
}

/** Admits what belongs to transactions. What an admission writes comes before what the caller writes next. */
export interface Admissions {
  /**
   * Throws `KafkaError` where the batch has no place in an open transaction: INVALID_PRODUCER_ID_MAPPING,
   * INVALID_PRODUCER_EPOCH, CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE or TRANSACTION_ABORTABLE.
   */
  admitProduce(request: ProduceAdmission): void
  /** As `admitProduce`, for TxnOffsetCommit. */
  admitOffsets(request: OffsetsAdmission): void
}
