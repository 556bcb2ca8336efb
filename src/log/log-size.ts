import type { LogReader } from '../storage/log-reader.ts'

/**
 * Bytes of the rows that a log loses when its start moves from one offset to the other. The row that holds `to` is kept,
 * and so not counted. Both offsets must be durable.
 */
export async function bytesBetween(
  reader: LogReader,
  partitionId: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  const [[first], [kept]] = await Promise.all([
    reader.oldestRows({ partitionId, limit: 1, fromOffset: from }),
    reader.oldestRows({ partitionId, limit: 1, fromOffset: to }),
  ])
  return first && kept ? kept.position - first.position : 0
}
