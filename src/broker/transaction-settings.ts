import type { Configuration } from '../config/configuration.ts'
import type { TransactionSettings } from '../transaction/settings.ts'

/** Reads what transactions go by from the configuration, each time anew: some of it changes while the node runs. */
export function transactionSettings({ broker }: Configuration): () => TransactionSettings {
  return () => ({
    timeoutMsMax: broker['transaction.max.timeout.ms'],
    idExpirationMs: broker['transactional.id.expiration.ms'],
    verifiesPartitions: broker['transaction.partition.verification.enable'],
  })
}
