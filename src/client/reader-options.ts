import type { AnsweredBatches } from './fetched-records.ts'
import type { Isolation } from './list-offsets.ts'

export interface ReaderOptions {
  readonly isolation?: Isolation
  /** How long a broker waits for new records before it answers. */
  readonly maxWaitMs?: number
  /** The most bytes that one fetch brings, of all partitions; by default as much as makes it fast. */
  readonly fetchBytesMax?: number
  /** How long to try again when brokers cannot be reached. */
  readonly reconnectForMs?: number
  /** Told what people may want to know: connections lost and found, offsets that are gone. */
  readonly onNotice?: (text: string) => void
  /** A topic does not exist any more, and is not read any more. Without this, `run` rejects. */
  readonly onGone?: (topic: string) => void
  /** All partitions that were added are read up to their ends, and delivered. */
  readonly onEnd?: () => void
  /** How far a partition has been fetched, and where it ended when the broker answered: for each answer, also empty ones. */
  readonly onProgress?: (progress: FetchProgress) => void
}

/** Told before what was fetched is delivered. `endOffset` is what this reader may see: with `committed`, up to open transactions. */
export interface FetchProgress {
  readonly topic: string
  readonly partition: number
  /** The next offset that will be fetched. */
  readonly offset: number
  readonly endOffset: number
}

/** A partition that is read. */
export interface ReadPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** The next offset to fetch. */
  readonly offset: number
  /** Read up to here, exclusive; Infinity goes on for ever. */
  readonly endOffset: number
}

/** Takes fetched batches, one at a time; the next fetch is on its way meanwhile, and no more than that. */
export type Deliver = (fetched: AnsweredBatches) => Promise<void> | void
