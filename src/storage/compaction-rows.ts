import { batchBytes, batchesIn } from '../protocol/records/batch.ts'
import { rowBytesMax } from './batch-table.ts'
import type { ReplacingRow } from './change.ts'
import { type CompactionFilter, type KeptBatch, keptEmpty } from './compaction-filter.ts'

/** A row as it is stored before a run. */
export interface OldRow {
  readonly id: number
  readonly maxTimestamp: number
  readonly data: Buffer
}

/** What comes of rows that follow each other. */
export interface CompactedRows {
  readonly rows: readonly ReplacingRow[]
  /** Whether that is anything else than what was there. */
  readonly isChanged: boolean
}

/**
 * Filters the batches of rows that follow each other and packs what is kept into as few rows. `isLast`: no row follows, so
 * at least an empty batch has to stay, or the log would end earlier after a restart.
 */
export function compactRows(
  old: readonly OldRow[],
  filter: Pick<CompactionFilter, 'keep'>,
  { isLast }: { readonly isLast: boolean },
): CompactedRows {
  const kept: KeptBatch[] = []
  let isChanged = false
  let last: Buffer | undefined
  for (const row of old) {
    for (const at of batchesIn(row.data)) {
      const batch = row.data.subarray(at, at + batchBytes(row.data, at))
      const result = filter.keep(batch)
      isChanged ||= result?.data !== batch
      if (result) kept.push(withRowTime(result, row))
      last = batch
    }
  }
  if (isLast && kept.length === 0 && last) kept.push(keptEmpty(last))
  return { rows: packed(kept, old), isChanged }
}

/** Records without a time have that of their writing, which only the row tells. */
function withRowTime(batch: KeptBatch, { maxTimestamp }: OldRow): KeptBatch {
  return batch.count > 0 && batch.maxTimestamp < 0 ? { ...batch, maxTimestamp } : batch
}

/** The new rows take the last ids of the old ones: what is to be found together stays in few buckets of ids. */
function packed(batches: readonly KeptBatch[], old: readonly OldRow[]): ReplacingRow[] {
  const groups = inRows(batches, old.length)
  const firstId = old.length - groups.length
  return groups.map((group, index) => rowOf(group, old[firstId + index]?.id ?? -1))
}

function inRows(batches: readonly KeptBatch[], rowsMax: number): KeptBatch[][] {
  const groups: KeptBatch[][] = []
  let bytes = 0
  for (const batch of batches) {
    const group = groups.at(-1)
    // A delete horizon may make a batch longer: the last row takes what would need one more.
    if (group && (bytes + batch.data.length <= rowBytesMax || groups.length === rowsMax)) group.push(batch)
    else {
      groups.push([batch])
      bytes = 0
    }
    bytes += batch.data.length
  }
  return groups
}

function rowOf(batches: readonly KeptBatch[], id: number): ReplacingRow {
  return {
    id,
    baseOffset: batches[0]?.baseOffset ?? -1,
    lastOffset: batches.at(-1)?.lastOffset ?? -1,
    leaderEpoch: batches[0]?.leaderEpoch ?? -1,
    maxTimestamp: batches.reduce((highest, batch) => Math.max(highest, batch.maxTimestamp), -1),
    data: joined(batches),
  }
}

/** In memory of its own: it moves to another thread without a copy. */
function joined(batches: readonly KeptBatch[]): Buffer {
  const data = Buffer.allocUnsafeSlow(batches.reduce((sum, batch) => sum + batch.data.length, 0))
  let at = 0
  for (const batch of batches) at += batch.data.copy(data, at)
  return data
}
