import type { FetchedRecord } from '../../client/fetched-records.ts'
import { previewLength, type RecordRow } from '../record-row.ts'

/** UTF-8 takes at most so many bytes for a character (a pair of surrogates takes four for two). */
const bytesPerCharacterMax = 3

/** What a list keeps of a record, in memory of its own. */
export function previewOf(record: FetchedRecord, partition: number): RecordRow {
  const { buffer, offset, timestamp, keyStart, keyBytes, valueStart, valueBytes, headerCount } = record
  return {
    partition,
    offset,
    timestamp,
    key: beginning(buffer, keyStart, keyBytes),
    value: beginning(buffer, valueStart, valueBytes),
    keyBytes,
    valueBytes,
    headerCount,
  }
}

function beginning(buffer: Buffer, start: number, bytes: number): string | null {
  if (bytes < 0) return null
  const read = Math.min(bytes, previewLength * bytesPerCharacterMax)
  return buffer.toString('utf8', start, start + read).slice(0, previewLength)
}
