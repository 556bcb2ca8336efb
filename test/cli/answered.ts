import type { AnsweredBatches } from '../../src/client/fetched-records.ts'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import type { RecordHeader } from '../../src/protocol/records/record.ts'

export interface SampleRecord {
  readonly key?: Buffer | string | null
  readonly value?: Buffer | string | null
  readonly headers?: readonly RecordHeader[]
  readonly timestamp?: number
}

/** Records as a broker's answer brings them, in one batch. */
export function answered(
  records: readonly SampleRecord[],
  { baseOffset = 0, ...changes }: Partial<AnsweredBatches> & Pick<BatchOptions, 'baseOffset'> = {},
): AnsweredBatches {
  const builder = new BatchBuilder()
  for (const { key = null, value = null, headers = [], timestamp = 1 } of records) {
    builder.append(timestamp, bytesOf(key), bytesOf(value), headers)
  }
  return {
    topic: 't',
    partition: 0,
    bytes: builder.build({ baseOffset }),
    fromOffset: baseOffset,
    endOffset: Number.POSITIVE_INFINITY,
    abortedTransactions: [],
    logStartOffset: 0,
    lastStableOffset: 0,
    highWatermark: 0,
    leaderId: 1,
    ...changes,
  }
}

function bytesOf(text: Buffer | string | null): Buffer | null {
  return typeof text === 'string' ? Buffer.from(text) : text
}
