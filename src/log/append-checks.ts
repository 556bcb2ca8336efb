import { DecodeError } from '../base/errors.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import {
  assignAppendTime,
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchBytes,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  compressionOf,
  isTransactional,
} from '../protocol/records/batch.ts'
import { BatchBuilder } from '../protocol/records/build.ts'
import { compressionName } from '../protocol/records/compression.ts'
import { forEachRecord, type RecordView } from '../protocol/records/record.ts'
import type { LogRules } from './log-rules.ts'
import { namedRecordsMax, type RejectedRecord, RejectedRecords } from './rejected-records.ts'

/**
 * Holds a client's batch against the rules of its topic. Throws `KafkaError` MESSAGE_TOO_LARGE, INVALID_TIMESTAMP or
 * INVALID_RECORD; as `RejectedRecords` where single records are at fault. What holds for all topics (CRC, counts)
 * `checkBatch` has seen before.
 */
export function checkAgainstRules(batch: Buffer, rules: LogRules, nowMs: number): void {
  const bytes = batchBytes(batch)
  if (bytes !== batch.length) throw invalid('a partition takes one batch a request')
  checkSize(bytes, rules)
  if (batchBaseOffset(batch) !== 0) throw invalid(`the offset of a new batch is 0, not ${batchBaseOffset(batch)}`)
  if (!rules.stampsAppendTime) checkTimestamps(batch, rules, nowMs)
  if (rules.compacts) checkKeys(batch)
}

function checkSize(bytes: number, rules: LogRules): void {
  if (bytes <= rules.maxMessageBytes) return
  const reason = `a batch of ${bytes} bytes is larger than max.message.bytes (${rules.maxMessageBytes})`
  throw new KafkaError(ErrorCode.messageTooLarge, reason)
}

// Kafka looks at every record. The first one's time and the highest are in the header, so nothing has to be decoded; a
// record in the middle that is older than the first may pass `message.timestamp.before.max.ms`.
function checkTimestamps(batch: Buffer, rules: LogRules, nowMs: number): void {
  const last = batchMaxTimestamp(batch)
  const first = batchBaseTimestamp(batch)
  const isLastTimely = isTimely(last, rules, nowMs)
  if (isLastTimely && isTimely(first, rules, nowMs)) return
  const outside = isLastTimely ? first : last
  const range = `${rules.timestampBeforeMaxMs} ms before to ${rules.timestampAfterMaxMs} ms after now (${nowMs})`
  const { named } = recordsAtFault(
    batch,
    ({ timestamp }) => !isTimely(timestamp, rules, nowMs),
    ({ timestamp }) => `timestamp ${timestamp} is not within ${range}`,
  )
  throw new RejectedRecords(ErrorCode.invalidTimestamp, `timestamp ${outside} is not within ${range}`, named)
}

function isTimely(timestamp: number, rules: LogRules, nowMs: number): boolean {
  // -1 is no timestamp: Kafka has no opinion on it.
  if (timestamp === -1) return true
  const ageMs = nowMs - timestamp
  return ageMs <= rules.timestampBeforeMaxMs && -ageMs <= rules.timestampAfterMaxMs
}

// The one check that needs the records: compaction keeps the last record of each key, so each must have one.
function checkKeys(batch: Buffer): void {
  const reason = 'a compacted topic takes no records without key'
  const { count, named } = recordsAtFault(
    batch,
    record => record.keyBytes < 0,
    () => reason,
  )
  if (count > 0) throw new RejectedRecords(ErrorCode.invalidRecord, `${reason}: ${count} have none`, named)
}

function recordsAtFault(
  batch: Buffer,
  isAtFault: (record: RecordView) => boolean,
  reason: (record: RecordView) => string,
): { readonly count: number; readonly named: readonly RejectedRecord[] } {
  const named: RejectedRecord[] = []
  let count = 0
  let batchIndex = -1
  decoding(() =>
    forEachRecord(batch, 0, record => {
      batchIndex++
      if (!isAtFault(record)) return
      count++
      if (count <= namedRecordsMax) named.push({ batchIndex, batchIndexErrorMessage: reason(record) })
    }),
  )
  return { count, named }
}

/**
 * The bytes to store for a batch that is going to be appended: usually the batch itself, changed in place where the
 * topic stamps its own time; another batch where the topic has its own compression.
 */
export function bytesToStore(batch: Buffer, rules: LogRules, nowMs: number): Buffer {
  const stored = rules.compression === undefined ? batch : recompressed(batch, rules, rules.compression)
  if (rules.stampsAppendTime) assignAppendTime(stored, 0, nowMs)
  return stored
}

function recompressed(batch: Buffer, rules: LogRules, compression: NonNullable<LogRules['compression']>): Buffer {
  const attributes = batchAttributes(batch)
  if (compressionName(compressionOf(attributes)) === compression) return batch
  const builder = new BatchBuilder({ bytesMax: Number.MAX_SAFE_INTEGER })
  decoding(() =>
    forEachRecord(batch, 0, ({ timestamp, key, value, headers }) => builder.append(timestamp, key, value, headers)),
  )
  const rebuilt = builder.build({
    compression,
    compressionLevel: rules.compressionLevel,
    producerId: batchProducerId(batch),
    producerEpoch: batchProducerEpoch(batch),
    baseSequence: batchBaseSequence(batch),
    transactional: isTransactional(attributes),
  })
  checkSize(rebuilt.length, rules)
  return rebuilt
}

// A batch whose CRC is right and whose records are not: the client's fault, not a broken frame.
function decoding(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (error instanceof DecodeError) throw new KafkaError(ErrorCode.invalidRecord, error.message, { cause: error })
    throw error
  }
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.invalidRecord, message)
}
