import { type AnsweredBatches, forEachInBatch, offsetBehind, wantedBatches } from '../client/fetched-records.ts'
import { placeOf } from '../client/record-place.ts'
import { ByteSink } from './byte-sink.ts'
import type { Output } from './output.ts'
import {
  filterOf,
  firstNotices,
  type PrintWanted,
  printOf,
  printWanted,
  UnprintableError,
  type WantedOptions,
} from './wanted-records.ts'

export interface PrintOptions extends WantedOptions {
  /** Print no more records than that. */
  readonly count?: number
}

/** Prints fetched records to stdout, at most so many. */
export class RecordPrinter {
  readonly #output: Output
  readonly #sink: ByteSink
  readonly #print: PrintWanted
  #left: number
  #printedCount = 0
  /** The next offset to read, by topic and partition: what a group commits. */
  readonly printed = new Map<string, Map<number, number>>()

  /** Throws `OperatorError` for a format or a filter that cannot be compiled. */
  constructor(output: Output, options: PrintOptions) {
    const { count = Number.POSITIVE_INFINITY, onError } = options
    const onNotice = firstNotices(text => output.note(text))
    this.#output = output
    this.#sink = new ByteSink(output)
    this.#print = printWanted(printOf(options), filterOf(options, onNotice), { onError, onNotice })
    this.#left = count
  }

  /** Everything that was asked for is printed. */
  get isDone(): boolean {
    return this.#left <= 0
  }

  /** Records that were printed. */
  get printedCount(): number {
    return this.#printedCount
  }

  /**
   * Prints what was fetched and resolves when stdout has room for more. Throws `UnprintableError`; the records before are
   * printed then, and `printed` says so.
   */
  async print(fetched: AnsweredBatches): Promise<void> {
    let behind = -1
    try {
      for (const at of wantedBatches(fetched)) {
        if (this.#left <= 0) break
        const last = this.#printBatch(fetched, at)
        if (last >= 0) behind = last + 1
        await this.#output.ready()
      }
    } catch (error) {
      if (error instanceof UnprintableError) this.#note(fetched, error.offset)
      throw error
    } finally {
      this.#sink.flush()
    }
    await this.#output.ready()
    // Markers and aborted records at the end of what was fetched are done with as well, unless the count ended it before.
    if (this.#left > 0) behind = Math.min(fetched.endOffset, offsetBehind(fetched.bytes, fetched.fromOffset))
    if (behind >= 0) this.#note(fetched, behind)
  }

  /** Answers the offset of the last record that was looked at; -1 if there was none. */
  #printBatch(fetched: AnsweredBatches, at: number): number {
    const sink = this.#sink
    const print = this.#print
    const place = placeOf(fetched, at)
    let left = this.#left
    let count = 0
    let last = -1
    forEachInBatch(fetched, at, record => {
      if (left <= 0) return
      last = record.offset
      if (!print(record, place, sink)) return
      left--
      count++
    })
    this.#left = left
    this.#printedCount += count
    return last
  }

  #note({ topic, partition }: AnsweredBatches, offset: number): void {
    const offsets = this.printed.get(topic)
    if (offsets) offsets.set(partition, offset)
    else this.printed.set(topic, new Map([[partition, offset]]))
  }
}
