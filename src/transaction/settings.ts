/** What the broker's configuration says about transactions, in force at the moment of a decision. */
export interface TransactionSettings {
  /** `transaction.max.timeout.ms` */
  readonly timeoutMsMax: number
  /** `transactional.id.expiration.ms` */
  readonly idExpirationMs: number
  /** `transaction.partition.verification.enable`: a batch of an older client must belong to an open transaction. */
  readonly verifiesPartitions: boolean
}
