import type { LogReader } from '../storage/log-reader.ts'
import type { BatchCache, CachedRun } from './batch-cache.ts'
import { selectBatches } from './batch-selection.ts'
import type { ReadLimit } from './read-waiters.ts'

/** What a reader asks of a partition. */
export interface RangeRequest {
  readonly offset: number
  readonly maxBytes: number
  /** Return one batch even if it has more than `maxBytes`, so that a reader with a small limit gets on. */
  readonly minOneBatch: boolean
  readonly upTo: ReadLimit
}

/** A transaction whose records a reader with `read_committed` must skip. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** What a partition has for a reader. */
export interface FetchedRange {
  /** Stored bytes, each piece one or several whole batches, in order. Shared with the cache: never write to them. */
  readonly batches: readonly Buffer[]
  /** Their length together. */
  readonly bytes: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly abortedTransactions: readonly AbortedTransaction[]
}

/** Pieces of a range, before the partition puts its offsets to them. */
export interface Pieces {
  readonly batches: Buffer[]
  bytes: number
}

/** Reads from the cached end of a log, which must hold `request.offset`, batches that end below `endOffset`. */
export function readCached(run: CachedRun, request: RangeRequest, endOffset: number): Pieces {
  const pieces: Pieces = { batches: [], bytes: 0 }
  for (let position = run.positionOf(request.offset); ; position++) {
    const batch = run.at(position)
    if (!batch?.data || batch.lastOffset >= endOffset) return pieces
    const isNeeded = request.minOneBatch && pieces.bytes === 0
    if (pieces.bytes + batch.data.length > request.maxBytes && !isNeeded) return pieces
    pieces.batches.push(batch.data)
    pieces.bytes += batch.data.length
  }
}

/** The disk and the memory in front of it. */
export interface StoredLog {
  readonly reader: LogReader
  readonly cache: BatchCache
}

/**
 * Reads from the disk and, where the stored rows reach up to what is cached, goes on from there. `endOffset` is asked
 * when the rows have come: the disk may be ahead of what readers may see, never the other way round.
 */
export async function readStored(
  log: StoredLog,
  partitionId: number,
  request: RangeRequest,
  endOffset: () => number,
): Promise<Pieces> {
  const { offset, maxBytes, minOneBatch } = request
  const rows = await log.reader.readRows({ partitionId, offset, maxBytes })
  const end = endOffset()
  const pieces: Pieces = { batches: [], bytes: 0 }
  let nextOffset = offset
  for (const { data } of rows) {
    const selection = selectBatches(data, {
      offset: nextOffset,
      endOffset: end,
      maxBytes: maxBytes - pieces.bytes,
      atLeastOne: minOneBatch && pieces.bytes === 0,
    })
    // Nothing but batches before the offset: after compaction a row may hold an offset without having it.
    if (selection.start === data.length) continue
    if (selection.nextOffset === undefined) return pieces
    pieces.batches.push(data.subarray(selection.start, selection.end))
    pieces.bytes += selection.end - selection.start
    nextOffset = selection.nextOffset
    // The limit cut this row: what follows must not jump over the rest of it.
    if (selection.end < data.length) return pieces
  }
  return continueFromCache(log, partitionId, pieces, { ...request, offset: nextOffset }, end)
}

function continueFromCache(
  log: StoredLog,
  partitionId: number,
  pieces: Pieces,
  request: RangeRequest,
  endOffset: number,
): Pieces {
  const run = log.cache.run(partitionId)
  if (!run?.oldest || run.oldest.baseOffset > request.offset || request.offset >= endOffset) return pieces
  const rest = readCached(
    run,
    {
      ...request,
      maxBytes: request.maxBytes - pieces.bytes,
      minOneBatch: request.minOneBatch && pieces.bytes === 0,
    },
    endOffset,
  )
  return { batches: [...pieces.batches, ...rest.batches], bytes: pieces.bytes + rest.bytes }
}
