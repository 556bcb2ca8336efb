import { ErrorCode } from '../protocol/errors.ts'
import {
  batchAttributes,
  batchBaseOffset,
  batchBytes,
  batchLastOffset,
  batchMagic,
  batchProducerId,
  batchRecordCount,
  headerAt,
  isControl,
  isTransactional,
  nextBatch,
} from '../protocol/records/batch.ts'
import { controlTypeOf } from '../protocol/records/control.ts'
import { crc32c } from '../protocol/records/crc32c.ts'
import { forEachRecord, RecordView } from '../protocol/records/record.ts'
import { RequestError } from './failures.ts'

/** A record as it lies in a fetched batch. Only valid during the call that it is handed to. */
export type FetchedRecord = RecordView

/** What one fetch brought of one partition: whole batches, undecoded. */
export interface FetchedBatches {
  readonly topic: string
  readonly partition: number
  readonly bytes: Buffer
  /** The first batch may begin before what was asked for. */
  readonly fromOffset: number
  /** Records at this offset and behind are not wanted. */
  readonly endOffset: number
  /** Transactions to pass over, where only what is committed is wanted. */
  readonly abortedTransactions: readonly { readonly producerId: number; readonly firstOffset: number }[]
}

/** With what else the broker said about the partition. */
export interface AnsweredBatches extends FetchedBatches {
  /** Offsets of the partition when the broker answered. */
  readonly logStartOffset: number
  readonly lastStableOffset: number
  readonly highWatermark: number
  /** The broker that answered. */
  readonly leaderId: number
}

/** A record of nothing but a key and a value. */
export function bareRecord(key: Buffer, value: Buffer | null): FetchedRecord {
  const record = new RecordView(value === null ? key : Buffer.concat([key, value]))
  record.keyBytes = key.length
  record.valueStart = key.length
  record.valueBytes = value?.length ?? -1
  return record
}

/** The offset behind the last whole batch in `bytes`; `offset` if there is none. Reads headers only. */
export function offsetBehind(bytes: Buffer, offset: number): number {
  let behind = offset
  for (let at = 0, next = nextBatch(bytes, 0); next >= 0; at = next, next = nextBatch(bytes, at)) {
    behind = batchLastOffset(bytes, at) + 1
  }
  return behind
}

/**
 * Calls `visit` with every wanted record in order, with no object for each. Throws `RequestError` for a batch that is
 * damaged or of a format before 2.
 */
export function forEachFetched(fetched: FetchedBatches, visit: (record: FetchedRecord) => void): void {
  for (const at of wantedBatches(fetched)) forEachInBatch(fetched, at, visit)
}

/**
 * Where the batches are that hold wanted records: for who must wait between them, because a fetch of compressed batches can
 * unpack to a hundred times its size. Throws as `forEachFetched` does.
 */
export function* wantedBatches(fetched: FetchedBatches): Generator<number, void, void> {
  const { bytes, fromOffset, endOffset } = fetched
  const aborted = new AbortedTransactions(fetched.abortedTransactions)
  for (let at = 0, next = nextBatch(bytes, 0); next >= 0; at = next, next = nextBatch(bytes, at)) {
    if (batchBaseOffset(bytes, at) >= endOffset) return
    checkFetched(fetched, at)
    if (aborted.isWanted(bytes, at) && batchLastOffset(bytes, at) >= fromOffset) yield at
  }
}

/** How many records the batch at `at` says that it holds; compaction may have taken some. Reads its header only. */
export function recordCountAt({ bytes }: FetchedBatches, at: number): number {
  return batchRecordCount(bytes, at)
}

/** As `forEachFetched`, for the one batch at `at`. */
export function forEachInBatch(fetched: FetchedBatches, at: number, visit: (record: FetchedRecord) => void): void {
  const { bytes, fromOffset, endOffset } = fetched
  const isWhole = batchBaseOffset(bytes, at) >= fromOffset && batchLastOffset(bytes, at) < endOffset
  if (isWhole) forEachRecord(bytes, at, visit)
  else {
    forEachRecord(bytes, at, record => {
      if (record.offset >= fromOffset && record.offset < endOffset) visit(record)
    })
  }
}

function checkFetched({ bytes, topic, partition }: FetchedBatches, at: number): void {
  const what = `topic '${topic}' partition ${partition} at offset ${batchBaseOffset(bytes, at)}`
  if (batchMagic(bytes, at) !== 2) {
    throw new RequestError(ErrorCode.unsupportedForMessageFormat, what, 'records in a format from before Kafka 0.11')
  }
  const crc = crc32c(bytes, at + headerAt.attributes, at + batchBytes(bytes, at))
  if (crc !== bytes.readUInt32BE(at + headerAt.crc)) throw new RequestError(ErrorCode.corruptMessage, what)
}

/** Follows which producers have an aborted transaction open, batch by batch, as KIP-98 wants it of readers. */
class AbortedTransactions {
  readonly #coming: { readonly producerId: number; readonly firstOffset: number }[]
  readonly #open = new Set<number>()

  constructor(aborted: FetchedBatches['abortedTransactions']) {
    this.#coming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  isWanted(bytes: Buffer, at: number): boolean {
    const attributes = batchAttributes(bytes, at)
    while (this.#coming[0] && this.#coming[0].firstOffset <= batchLastOffset(bytes, at)) {
      this.#open.add(this.#coming.shift()!.producerId)
    }
    if (isControl(attributes)) {
      this.#close(bytes, at)
      return false
    }
    return !(isTransactional(attributes) && this.#open.has(batchProducerId(bytes, at)))
  }

  #close(bytes: Buffer, at: number): void {
    if (this.#open.size === 0) return
    forEachRecord(bytes, at, record => {
      if (controlTypeOf(record.key) === 'abort') this.#open.delete(batchProducerId(bytes, at))
    })
  }
}
