import { KafkaError } from '../protocol/errors.ts'

/** A record that is at fault, by its place in the batch as the client sent it. */
export interface RejectedRecord {
  readonly batchIndex: number
  readonly batchIndexErrorMessage: string
}

/** Further ones are not named: a small compressed batch can hold millions. */
export const namedRecordsMax = 10_000

/**
 * A batch is refused as a whole because of some of its records. KIP-467: the answer names them, so that the client can
 * tell them from those that only shared the batch.
 */
export class RejectedRecords extends KafkaError {
  readonly records: readonly RejectedRecord[]

  constructor(code: number, message: string, records: readonly RejectedRecord[]) {
    super(code, message)
    this.name = 'RejectedRecords'
    this.records = records
  }
}
