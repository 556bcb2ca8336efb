import { type Loans, release, unpooled } from '../base/page-pool.ts'
import { batchBaseOffset, batchesIn, batchLastOffset } from '../protocol/records/batch.ts'
import type { StoredRow } from '../storage/log-reader.ts'
import type { BatchCache, CachedRun } from './batch-cache.ts'
import { type Selection, selectBatches } from './batch-selection.ts'
import type { ReadAhead } from './read-ahead.ts'
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
  /**
   * Stored bytes, each piece one or several whole batches, in order. Shared with the cache: never write to them, and look
   * at them only until the loans are released that they were read with.
   */
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

/** The offset after the last batch; 0 if there is none. */
export function endOfPieces(batches: readonly Buffer[]): number {
  const piece = batches.at(-1)
  if (!piece) return 0
  let last = 0
  for (const at of batchesIn(piece)) last = at
  return batchLastOffset(piece, last) + 1
}

/** Reads from the cached end of a log, which must hold `request.offset`, batches that end below `endOffset`. */
export function readCached(run: CachedRun, request: RangeRequest, endOffset: number, loans: Loans): Pieces {
  const pieces: Pieces = { batches: [], bytes: 0 }
  const first = run.positionOf(request.offset)
  for (let position = first; ; position++) {
    const batch = run.at(position)
    if (!batch?.data || batch.lastOffset >= endOffset) return pieces
    const isNeeded = request.minOneBatch && position === first
    if (pieces.bytes + batch.data.length > request.maxBytes && !isNeeded) return pieces
    loans.add(batch.data)
    pieces.batches.push(batch.data)
    pieces.bytes += batch.data.length
  }
}

/** The disk and the memory in front of it. */
export interface StoredLog {
  readonly cache: BatchCache
  readonly readAhead: ReadAhead
  /** Hold the memory of what is read. */
  readonly loans: Loans
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
  const { readAhead, cache } = log
  const expectedBytes = readAhead.expectedBytes(partitionId, request.offset)
  let progress = await readRows(log, partitionId, request, endOffset)
  // A read that begins at the end of a row would otherwise bring the few batches that are left of it: one more try.
  if (
    progress.rest &&
    progress.bytes * 2 < request.maxBytes &&
    !reaches(cache.run(partitionId), progress.rest.offset)
  ) {
    const more = await readRows(log, partitionId, progress.rest, endOffset)
    // Where rows were deleted in between, there is a gap: what we have ends before it.
    progress =
      progress.bytes > 0 && !isNext(more, progress.rest) ? { ...progress, rest: undefined } : joined(progress, more)
  }
  const { rest, nextOffset, left } = progress
  const run = cache.run(partitionId)
  const isCached = reaches(run, nextOffset)
  if (left.length > 0 || !isCached) {
    const readsOn = expectedBytes !== undefined && !isCached && nextOffset < endOffset()
    // The last of an answer's partitions asks for what the others have left it.
    const maxBytes = Math.max(request.maxBytes, expectedBytes ?? 0)
    readAhead.cameTo(partitionId, { nextOffset, left, maxBytes, readsOn })
  }
  if (!rest || !run || !isCached) return progress
  return joined(progress, readCached(run, rest, endOffset(), log.loans))
}

/** A part of a range, and how to go on. */
interface Progress extends Pieces {
  readonly nextOffset: number
  /** The rows that the limits have cut, and those behind them. */
  readonly left: readonly StoredRow[]
  /** What to ask for to go on; undefined where the reader may not or will not have more. */
  readonly rest?: RangeRequest | undefined
}

async function readRows(
  log: StoredLog,
  partitionId: number,
  request: RangeRequest,
  endOffset: () => number,
): Promise<Progress> {
  const { offset, maxBytes } = request
  const rows = await log.readAhead.rows({ partitionId, offset, maxBytes })
  try {
    const taken = takeFrom(rows, request, endOffset(), log.loans)
    // What stays must not hold the page that it was read into.
    return { ...taken, left: taken.left.map(row => ({ ...row, data: unpooled(row.data) })) }
  } finally {
    for (const { data } of rows) release(data)
  }
}

/** Takes what is asked for out of rows, and borrows the memory of those rows only. */
function takeFrom(rows: readonly StoredRow[], request: RangeRequest, endOffset: number, loans: Loans): Progress {
  const pieces: Pieces = { batches: [], bytes: 0 }
  let rest = request
  for (const [at, { data }] of rows.entries()) {
    const { offset, maxBytes, minOneBatch } = rest
    const selection = selectBatches(data, { offset, endOffset, maxBytes, atLeastOne: minOneBatch })
    // Nothing but batches before the offset: after compaction a row may hold an offset without having it.
    if (selection.start === data.length) continue
    if (selection.nextOffset === undefined) return { ...pieces, nextOffset: offset, left: rows.slice(at) }
    const bytes = selection.end - selection.start
    pieces.batches.push(pieceOf(data, selection))
    pieces.bytes += bytes
    loans.add(data)
    // The limits cut this row: what follows must not jump over the rest of it.
    if (selection.end < data.length) return { ...pieces, nextOffset: selection.nextOffset, left: rows.slice(at) }
    rest = { ...rest, offset: selection.nextOffset, maxBytes: maxBytes - bytes, minOneBatch: false }
  }
  const hasMore = rest.offset < endOffset && rest.maxBytes > 0
  return { ...pieces, nextOffset: rest.offset, left: [], rest: hasMore ? rest : undefined }
}

/** A small part is copied: a client that is slow to take it would hold the whole row. */
function pieceOf(row: Buffer, { start, end }: Selection): Buffer {
  const piece = row.subarray(start, end)
  return piece.length * 2 < row.length ? Buffer.from(piece) : piece
}

function reaches(run: CachedRun | undefined, offset: number): boolean {
  return run?.oldest !== undefined && run.oldest.baseOffset <= offset
}

function isNext({ batches: [first] }: Pieces, { offset }: RangeRequest): boolean {
  return first !== undefined && batchBaseOffset(first) <= offset
}

function joined<T extends Pieces>(first: Pieces, second: T): T {
  return { ...second, batches: [...first.batches, ...second.batches], bytes: first.bytes + second.bytes }
}
