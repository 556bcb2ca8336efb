import { DecodeError } from '../base/errors.ts'
import {
  batchBaseOffset,
  batchesIn,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
} from '../protocol/records/batch.ts'
import { recordsIn } from '../protocol/records/record.ts'
import type { LogReader, StoredRow } from '../storage/log-reader.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import type { BatchCache, CachedRun } from './batch-cache.ts'

/** The timestamps of ListOffsets that mean something else (KIP-79, KIP-734, KIP-405, KIP-1005, KIP-1023). */
export const specialTimestamp = {
  /** The end that the reader may see. */
  latest: -1,
  earliest: -2,
  /** The first of the records with the highest time. */
  maxTimestamp: -3,
  earliestLocal: -4,
  /** The end of what remote storage has: nothing here, as with Kafka without it. */
  latestTiered: -5,
  /** Likewise. */
  earliestPendingUpload: -6,
} as const

/** An answer of ListOffsets; -1 where there is nothing to say. */
export interface ListedOffset {
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number
}

const nothingFound: ListedOffset = { offset: -1, timestamp: -1, leaderEpoch: -1 }

/** What of a log can be found: records from the log start up to, not including, the end that the reader may see. */
export interface LookupBounds {
  readonly partitionId: number
  readonly leaderEpoch: number
  readonly startOffset: number
  /** Asked again whenever it counts: it rises while the disk is read. */
  readonly endOffset: () => number
}

interface LookupLog {
  readonly writes: WriteQueue
  readonly reader: LogReader
  readonly cache: BatchCache
}

/** Which record of a batch is wanted. */
interface Wanted {
  readonly bounds: LookupBounds
  readonly timestamp: number
}

/** Answers ListOffsets for one partition: at once, unless records have to be searched. Offset -1 stands for none. */
export function listOffset(
  log: LookupLog,
  bounds: LookupBounds,
  timestamp: number,
): ListedOffset | Promise<ListedOffset> {
  const { leaderEpoch } = bounds
  switch (timestamp) {
    case specialTimestamp.latest:
      return { offset: bounds.endOffset(), timestamp: -1, leaderEpoch }
    case specialTimestamp.earliest:
    case specialTimestamp.earliestLocal:
      return { offset: bounds.startOffset, timestamp: -1, leaderEpoch }
    case specialTimestamp.latestTiered:
    case specialTimestamp.earliestPendingUpload:
      return nothingFound
    case specialTimestamp.maxTimestamp:
      return findMaxTimestamp(log, bounds)
    default:
      return findTimestamp(log, bounds, timestamp)
  }
}

/**
 * The first record within the bounds whose time is at or after `timestamp`. Times need not rise with offsets, so the
 * cache can only answer where it holds the whole log; otherwise the disk does, which has all that is visible.
 */
async function findTimestamp(log: LookupLog, bounds: LookupBounds, timestamp: number): Promise<ListedOffset> {
  const { partitionId, startOffset } = bounds
  const wanted: Wanted = { bounds, timestamp }
  const run = log.cache.run(partitionId)
  if (run?.oldest && run.oldest.baseOffset <= startOffset) return findInRun(run, wanted) ?? nothingFound
  for (let fromOffset = startOffset; fromOffset < bounds.endOffset(); ) {
    const row = await log.reader.rowAtTimestamp({ partitionId, timestamp, fromOffset })
    if (!row) return nothingFound
    const found = findInRow(row.data, wanted)
    if (found) return found
    // Its late record was below the log start, or is not visible yet.
    fromOffset = row.lastOffset + 1
  }
  return nothingFound
}

/**
 * The first of the records within the bounds with the highest time. Nothing, as with Kafka, where the one with the highest
 * time is there but out of the reader's sight: in a transaction that is open, or behind one.
 */
async function findMaxTimestamp(log: LookupLog, bounds: LookupBounds): Promise<ListedOffset> {
  const { startOffset } = bounds
  const row = await maxTimestampRow(log, bounds, startOffset)
  if (!row) return nothingFound
  // Where the row holds the log start, what made it the one may be deleted already.
  const next = row.baseOffset < startOffset ? await maxTimestampRow(log, bounds, row.lastOffset + 1) : undefined
  const rows = next ? [row, next] : [row]
  const found = rows.map(each => findMaxInRow(each, bounds)).reduce(laterOf)
  return rows.some(({ data }) => hasLaterBeyond(data, bounds, found.timestamp)) ? nothingFound : found
}

async function maxTimestampRow(log: LookupLog, { partitionId, endOffset }: LookupBounds, fromOffset: number) {
  const row = await log.reader.maxTimestampRow({ partitionId, fromOffset })
  // The disk may be ahead of what we have heard of, and often is where somebody writes: the newest record has the highest time.
  if (row && row.lastOffset >= endOffset()) await log.writes.flush()
  return row
}

/** Whether batches that the reader does not see have records of a higher time. */
function hasLaterBeyond(row: Buffer, { endOffset }: LookupBounds, timestamp: number): boolean {
  for (const at of batchesIn(row)) {
    if (batchLastOffset(row, at) >= endOffset() && batchMaxTimestamp(row, at) > timestamp) return true
  }
  return false
}

function findInRun(run: CachedRun, wanted: Wanted): ListedOffset | undefined {
  for (let position = run.positionOf(wanted.bounds.startOffset); position < run.count; position++) {
    const batch = run.at(position)
    if (!batch?.data || batch.lastOffset >= wanted.bounds.endOffset()) return undefined
    const found = batch.maxTimestamp >= wanted.timestamp && findInBatch(batch.data, 0, wanted)
    if (found) return found
  }
  return undefined
}

function findInRow(row: Buffer, wanted: Wanted): ListedOffset | undefined {
  const { startOffset } = wanted.bounds
  const endOffset = wanted.bounds.endOffset()
  for (const at of batchesIn(row)) {
    if (batchLastOffset(row, at) >= endOffset) return undefined
    if (batchLastOffset(row, at) < startOffset || batchMaxTimestamp(row, at) < wanted.timestamp) continue
    const found = findInBatch(row, at, wanted)
    if (found) return found
  }
  return undefined
}

function findInBatch(buffer: Buffer, at: number, wanted: Wanted): ListedOffset | undefined {
  const leaderEpoch = batchLeaderEpoch(buffer, at)
  const { startOffset } = wanted.bounds
  try {
    for (const { offset, timestamp } of recordsIn(buffer, at)) {
      if (timestamp >= wanted.timestamp && offset >= startOffset) return { offset, timestamp, leaderEpoch }
    }
    return undefined
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    // Batches are stored as they came. One that cannot be decoded is found as a whole, by its header.
    const offset = Math.max(startOffset, batchBaseOffset(buffer, at))
    return { offset, timestamp: batchMaxTimestamp(buffer, at), leaderEpoch }
  }
}

function findMaxInRow({ data }: StoredRow, bounds: LookupBounds): ListedOffset {
  let best = nothingFound
  for (const at of batchesIn(data)) {
    const lastOffset = batchLastOffset(data, at)
    if (lastOffset < bounds.startOffset || lastOffset >= bounds.endOffset()) continue
    if (batchMaxTimestamp(data, at) > best.timestamp) best = laterOf(best, findMaxInBatch(data, at, bounds))
  }
  return best
}

function findMaxInBatch(data: Buffer, at: number, bounds: LookupBounds): ListedOffset {
  const whole = findInBatch(data, at, { bounds, timestamp: batchMaxTimestamp(data, at) })
  if (whole) return whole
  // The log start lies within the batch, behind its latest record (or the header promised too much).
  let best = nothingFound
  const leaderEpoch = batchLeaderEpoch(data, at)
  for (const { offset, timestamp } of recordsIn(data, at)) {
    if (offset >= bounds.startOffset) best = laterOf(best, { offset, timestamp, leaderEpoch })
  }
  return best
}

// The first one wins between equal times, as with Kafka.
function laterOf(first: ListedOffset, second: ListedOffset): ListedOffset {
  return second.timestamp > first.timestamp ? second : first
}
