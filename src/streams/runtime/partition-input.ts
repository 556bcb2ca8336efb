import { type AnsweredBatches, offsetBehind, wantedBatches } from '../../client/fetched-records.ts'
import { openRecords, type RecordHeader, type RecordReader, type RecordView } from '../../protocol/records/record.ts'
import { type DecodedRecord, decodeRecord, InvalidRecord } from '../task/decoding.ts'
import type { TaskRecord } from '../task/record-queues.ts'
import type { SourceNode } from '../topology/topology.ts'

/** What a source refuses, and why. */
export type InvalidHandler = (error: InvalidRecord, record: TaskRecord) => void

interface Chunk {
  readonly fetched: AnsweredBatches
  /** The offset behind it: also behind markers of transactions, which nobody sees. */
  readonly behind: number
  readonly batches: Iterator<number>
}

const noHeaders: ReadonlyMap<string, Uint8Array> = new Map()

/**
 * What was fetched of one partition and is not processed yet, undecoded but for the first record: its timestamp decides
 * which partition of a task is next. So memory is bounded by bytes as the broker sent them.
 */
export class PartitionInput {
  readonly topic: string
  readonly partition: number
  readonly source: SourceNode
  /** The topic as the topology names it. */
  readonly plainTopic: string
  readonly #invalid: InvalidHandler
  readonly #chunks: Chunk[] = []
  #current: RecordReader | undefined
  #head: DecodedRecord | undefined
  #raw: TaskRecord | undefined
  #failure: unknown
  #bufferedBytes = 0
  /** The offset behind the last record that was looked at. */
  #position: number
  /** The offset behind what was fetched. */
  #fetchedTo: number
  #endOffset: number | undefined

  constructor(
    source: SourceNode,
    place: { readonly topic: string; readonly plainTopic: string; readonly partition: number; readonly offset: number },
    invalid: InvalidHandler,
  ) {
    this.source = source
    this.topic = place.topic
    this.plainTopic = place.plainTopic
    this.partition = place.partition
    this.#position = place.offset
    this.#fetchedTo = place.offset
    this.#invalid = invalid
  }

  /** Bytes that were fetched and are not processed. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** The offset to commit: all before it was processed, or left out as its topic's policy says. */
  get position(): number {
    return this.#head?.offset ?? this.#position
  }

  /** Where the partition ended when it was last heard of. */
  get endOffset(): number | undefined {
    return this.#endOffset
  }

  /** Whether there is nothing more to come just now. Not while that is unknown: Kafka's `max.task.idle.ms` of 0 (KIP-695). */
  get isCaughtUp(): boolean {
    return this.#endOffset !== undefined && this.#fetchedTo >= this.#endOffset
  }

  add(fetched: AnsweredBatches): void {
    const behind = offsetBehind(fetched.bytes, fetched.fromOffset)
    this.#chunks.push({ fetched, behind, batches: wantedBatches(fetched) })
    this.#fetchedTo = behind
    this.#bufferedBytes += fetched.bytes.length
  }

  /** The partition ends here, as the broker said with its last answer. */
  endsAt(offset: number): void {
    this.#endOffset = offset
  }

  /** The record that `peek` showed, as it lies in the topic. */
  get raw(): TaskRecord | undefined {
    return this.#raw
  }

  /**
   * The next record, without taking it; undefined where none is here. Invalid ones are handed out and left behind; where they
   * are not to be left behind, the handler throws, and so does this, again and again.
   */
  peek(): DecodedRecord | undefined {
    if (this.#failure) throw this.#failure
    while (this.#head === undefined) {
      const view = this.#next()
      if (view === undefined) return undefined
      this.#head = this.#decoded(view)
      this.#position = view.offset + 1
    }
    return this.#head
  }

  /** Takes the record that `peek` showed. */
  take(): void {
    this.#head = undefined
  }

  #next(): RecordView | undefined {
    for (;;) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) return undefined
      const { fromOffset, endOffset, bytes } = chunk.fetched
      const view = this.#current?.next()
      if (view !== undefined) {
        if (view.offset >= fromOffset && view.offset < endOffset) return view
        continue
      }
      const batch = chunk.batches.next()
      this.#current = batch.done ? undefined : openRecords(bytes, batch.value)
      if (!batch.done) continue
      this.#chunks.shift()
      this.#bufferedBytes -= bytes.length
      this.#position = Math.max(this.#position, chunk.behind)
    }
  }

  #decoded(view: RecordView): DecodedRecord | undefined {
    const { topic, partition } = this
    const headers = view.headerCount === 0 ? noHeaders : headerMap(view.headers)
    const record: TaskRecord = {
      offset: view.offset,
      timestamp: view.timestamp,
      key: view.key,
      value: view.value,
      headers,
    }
    try {
      const decoded = decodeRecord(this.source, { topic, partition }, record)
      this.#raw = record
      return decoded
    } catch (error) {
      if (!(error instanceof InvalidRecord)) throw error
      this.#refuse(error, record)
      return undefined
    }
  }

  #refuse(error: InvalidRecord, record: TaskRecord): void {
    try {
      this.#invalid(error, record)
    } catch (failure) {
      this.#position = record.offset
      this.#failure = failure
      throw failure
    }
  }
}

function headerMap(headers: readonly RecordHeader[]): ReadonlyMap<string, Uint8Array> {
  return new Map(headers.map(({ key, value }) => [key, value ?? new Uint8Array()]))
}
