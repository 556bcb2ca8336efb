import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import {
  batchAttributes,
  batchHeaderBytes,
  batchMagic,
  compressionOf,
  headerAt,
  isTransactional,
} from '../protocol/records/batch.ts'
import { checkBatch } from '../protocol/records/check.ts'
import { compressionId } from '../protocol/records/compression.ts'
import { fromLegacy } from '../protocol/records/legacy.ts'

/** Produce below this version may carry message sets of formats 0 and 1. */
const firstVersionWithBatches = 3
/** KIP-110. */
const firstVersionWithZstd = 7

/**
 * What a client sent for a partition as a checked batch of format 2: its own bytes, or a new batch in place of an old
 * message set. `version` is that of the request. What the topic's settings say is left to `Partition.append`.
 *
 * Throws `KafkaError`: INVALID_RECORD, CORRUPT_MESSAGE, UNSUPPORTED_COMPRESSION_TYPE, INVALID_TIMESTAMP.
 */
export function producedBatch(records: Buffer | null, version: number): Buffer {
  if (!records || records.length === 0) throw new KafkaError(ErrorCode.invalidRecord, 'there are no records')
  const magic = records.length > headerAt.magic ? batchMagic(records) : undefined
  if (magic === 0 || magic === 1) {
    if (version < firstVersionWithBatches) return fromLegacy(records)
    throw new KafkaError(ErrorCode.invalidRecord, `Produce v${version} takes no message format ${magic}`)
  }
  checkBatch(records)
  const attributes = batchAttributes(records)
  if (compressionOf(attributes) === compressionId('zstd') && version < firstVersionWithZstd)
    throw new KafkaError(ErrorCode.unsupportedCompressionType, 'zstd needs Produce v7 or later')
  return records
}

/** Whether a client calls its records transactional. They are not checked yet: anything may be in them. */
export function claimsTransaction(records: Buffer | null): boolean {
  if (!records || records.length < batchHeaderBytes || batchMagic(records) !== 2) return false
  return isTransactional(batchAttributes(records))
}
