import { batchAttributes, batchRecordCount, compressionOf, isTransactional } from '../protocol/records/batch.ts'
import { BatchBuilder } from '../protocol/records/build.ts'
import { compressionName } from '../protocol/records/compression.ts'
import { forEachRecord } from '../protocol/records/record.ts'

export interface BatchPart {
  readonly bytes: Buffer
  readonly recordCount: number
}

/** Two batches of half the records each, in the same compression and as transactional, without producer identity. For a batch of several records. */
export function splitBatch(batch: Buffer): readonly BatchPart[] {
  const attributes = batchAttributes(batch)
  const compression = compressionName(compressionOf(attributes))
  const transactional = isTransactional(attributes)
  const half = Math.ceil(batchRecordCount(batch) / 2)
  const parts: BatchPart[] = []
  const builder = new BatchBuilder({ bytesMax: Number.MAX_SAFE_INTEGER })
  const finish = (): void => {
    const recordCount = builder.count
    parts.push({ bytes: builder.build({ compression, transactional }), recordCount })
  }
  forEachRecord(batch, 0, record => {
    if (builder.count === half) finish()
    builder.append(record.timestamp, record.key, record.value, record.headers)
  })
  finish()
  return parts
}
