import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { type AnsweredBatches, forEachInBatch, wantedBatches } from '../../client/fetched-records.ts'
import { Reader } from '../../client/reader.ts'
import type { RecordFilter } from '../../client/where/filter.ts'
import type { RecordRow } from '../record-row.ts'
import { type Direction, type Lane, type LaneNews, stretchOf } from './page-merge.ts'
import { previewOf } from './record-preview.ts'
import { Turns } from './turns.ts'

/** Small, so that keys are answered in between and memory stays small. */
const fetchBytesMax = 2 * 1024 * 1024

export interface ScanQuestion {
  readonly topic: TopicMetadata
  readonly lanes: readonly Lane[]
  readonly direction: Direction
  readonly filter: RecordFilter
  /** The most records to keep of one partition. */
  readonly count: number
  readonly signal: AbortSignal
  /** Called with how many records were looked at, as it goes on. */
  readonly onLooked: (count: number) => void
}

/** Looks at the next stretch of each partition, all at once. Throws `RequestError`, `UnreachableError`. */
export async function scanLanes(cluster: Cluster, question: ScanQuestion): Promise<readonly LaneNews[]> {
  const { topic, lanes, direction, filter, count, signal, onLooked } = question
  const scans = new Map(lanes.map(lane => [lane.partition, new LaneScan(lane, direction, count)]))
  const reader = new Reader(cluster, { maxWaitMs: 100, reconnectForMs: 5_000, fetchBytesMax })
  const turns = new Turns(cluster.env)
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  try {
    for (const scan of scans.values()) {
      const { partition, from: offset, to: endOffset } = scan
      reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
    }
    if (!signal.aborted) {
      await reader.run(async fetched => {
        const scan = scans.get(fetched.partition)
        if (!scan) return
        turns.begin()
        scan.noteBytes(fetched.bytes.length)
        for (const at of wantedBatches(fetched)) {
          scan.take(fetched, at, filter)
          await turns.next()
        }
        onLooked(scan.newlyLooked())
        // Enough for this page: the rest of the stretch would be read for nothing.
        if (scan.isFull) reader.remove(fetched)
      })
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return [...scans.values()].map(scan => scan.news())
}

/** A look at a stretch of one partition. */
class LaneScan {
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly #direction: Direction
  readonly #count: number
  #rows: RecordRow[] = []
  /** Some were found that there was no room for: the next look begins with them. */
  #isCut = false
  #firstMs: number | null = null
  #lastMs: number | null = null
  #bytes = 0
  #looked = 0
  #told = 0

  constructor(lane: Lane, direction: Direction, count: number) {
    const { from, to } = stretchOf(lane, direction)
    this.partition = lane.partition
    this.from = from
    this.to = to
    this.#direction = direction
    this.#count = count
  }

  get isFull(): boolean {
    return this.#direction === 'newer' && this.#isCut
  }

  noteBytes(count: number): void {
    this.#bytes += count
  }

  /** Takes the batch at `at`. */
  take(fetched: AnsweredBatches, at: number, filter: RecordFilter): void {
    const place = { topic: fetched.topic, partition: this.partition }
    forEachInBatch(fetched, at, record => {
      if (this.isFull) return
      this.#looked++
      this.#firstMs ??= record.timestamp
      if (filter.matches(record, place)) {
        if (this.#direction === 'newer' && this.#rows.length === this.#count) {
          this.#isCut = true
          return
        }
        this.#rows.push(previewOf(record, this.partition))
        if (this.#rows.length >= 2 * this.#count) this.#cut()
      }
      this.#lastMs = record.timestamp
    })
  }

  newlyLooked(): number {
    const newly = this.#looked - this.#told
    this.#told = this.#looked
    return newly
  }

  news(): LaneNews {
    this.#cut()
    const rows = this.#rows
    const { partition } = this
    if (this.#direction === 'newer') {
      const next = this.#isCut ? rows.at(-1)!.offset + 1 : this.to
      return { partition, next, found: rows, edgeMs: this.#lastMs, bytes: this.#bytes }
    }
    const next = this.#isCut ? rows[0]!.offset : this.from
    const edgeMs = this.#isCut ? rows[0]!.timestamp : this.#firstMs
    return { partition, next, found: rows.toReversed(), edgeMs, bytes: this.#bytes }
  }

  /** Going back, the last ones count. */
  #cut(): void {
    if (this.#direction === 'newer' || this.#rows.length <= this.#count) return
    this.#rows = this.#rows.slice(-this.#count)
    this.#isCut = true
  }
}
