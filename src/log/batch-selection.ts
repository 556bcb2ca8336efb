import { batchBytes, batchLastOffset } from '../protocol/records/batch.ts'

/** The part of a stored row that a read takes. */
export interface Selection {
  readonly start: number
  readonly end: number
  /** The offset after the last batch taken; undefined if none was. */
  readonly nextOffset: number | undefined
}

export interface SelectionLimits {
  /** The first batch taken is the one that holds this offset, or the next one. */
  readonly offset: number
  /** Batches that reach up to here or beyond are not taken. */
  readonly endOffset: number
  readonly maxBytes: number
  /** Takes one batch even if it has more than `maxBytes`. */
  readonly atLeastOne: boolean
}

/** Finds whole batches in a stored row by their length fields; one stretch, since they lie one behind the other. */
export function selectBatches(row: Buffer, limits: SelectionLimits): Selection {
  let start = 0
  let end = 0
  let nextOffset: number | undefined
  for (let at = 0; at < row.length; ) {
    const next = at + batchBytes(row, at)
    const lastOffset = batchLastOffset(row, at)
    if (lastOffset < limits.offset) {
      start = end = at = next
      continue
    }
    if (lastOffset >= limits.endOffset) break
    if (next - start > limits.maxBytes && !(limits.atLeastOne && nextOffset === undefined)) break
    end = at = next
    nextOffset = lastOffset + 1
  }
  return { start, end, nextOffset }
}
