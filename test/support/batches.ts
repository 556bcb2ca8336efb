import { batchesIn } from '../../src/protocol/records/batch.ts'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'

/** When `simulatedClock` starts: batches of tests are as old as that unless they say otherwise. */
export const testTimestamp = 1_700_000_000_000

/** A batch with a record for each value, all at one time. */
export function batchOf(
  values: readonly string[],
  options: BatchOptions & { readonly timestamp?: number } = {},
): Buffer {
  const builder = new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY })
  for (const value of values) builder.append(options.timestamp ?? testTimestamp, null, Buffer.from(value))
  return builder.build(options)
}

/** The values of all records in what a fetch answered, with their offsets in front: '0:hello'. */
export function recordsOf(records: Buffer | null): string[] {
  if (!records) return []
  return [...batchesIn(records)].flatMap(at =>
    Array.from(recordsIn(records, at), ({ offset, value }) => `${offset}:${value}`),
  )
}
