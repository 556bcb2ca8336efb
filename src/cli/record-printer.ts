import {
  type FetchedBatches,
  type FetchedRecord,
  forEachInBatch,
  offsetBehind,
  wantedBatches,
} from '../client/fetched-records.ts'
import { ByteSink } from './byte-sink.ts'
import { recordToJson } from './json-record.ts'
import type { Output } from './output.ts'
import { compileFormat, type PrintRecord, type RecordPlace } from './record-format.ts'

export interface PrintOptions {
  /** A format string; default: the value and a newline. */
  readonly format?: string
  readonly json?: boolean
  /** Print no more records than that. */
  readonly count?: number
}

/** Prints fetched records to stdout, at most so many. */
export class RecordPrinter {
  readonly #output: Output
  readonly #sink: ByteSink
  readonly #print: PrintRecord
  #left: number
  /** The next offset to read, by topic and partition: what a group commits. */
  readonly printed = new Map<string, Map<number, number>>()

  constructor(output: Output, { format = '%v\\n', json, count = Number.POSITIVE_INFINITY }: PrintOptions) {
    this.#output = output
    this.#sink = new ByteSink(output)
    this.#print = json ? printRecordJson : compileFormat(format)
    this.#left = count
  }

  /** Everything that was asked for is printed. */
  get isDone(): boolean {
    return this.#left <= 0
  }

  /** Prints what was fetched and resolves when stdout has room for more. */
  async print(fetched: FetchedBatches): Promise<void> {
    const sink = this.#sink
    const print = this.#print
    let left = this.#left
    let behind = -1
    const visit = (record: FetchedRecord): void => {
      if (left <= 0) return
      left--
      behind = record.offset + 1
      print(record, fetched, sink)
    }
    for (const at of wantedBatches(fetched)) {
      if (left <= 0) break
      forEachInBatch(fetched, at, visit)
      await this.#output.ready()
    }
    this.#left = left
    sink.flush()
    await this.#output.ready()
    // Markers and aborted records at the end of what was fetched are done with as well, unless the count ended it before.
    if (left > 0) behind = Math.min(fetched.endOffset, offsetBehind(fetched.bytes, fetched.fromOffset))
    if (behind >= 0) this.#note(fetched, behind)
  }

  #note({ topic, partition }: FetchedBatches, offset: number): void {
    const offsets = this.printed.get(topic)
    if (offsets) offsets.set(partition, offset)
    else this.printed.set(topic, new Map([[partition, offset]]))
  }
}

/** Prints a record as a line of JSON. */
export function printRecordJson(record: FetchedRecord, place: RecordPlace, sink: ByteSink): void {
  sink.text(recordToJson(place.topic, place.partition, record))
  sink.byte(10)
}
