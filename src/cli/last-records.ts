import { type FetchedBatches, forEachFetched } from '../client/fetched-records.ts'
import { ByteSink } from './byte-sink.ts'
import type { PrintRecord } from './record-format.ts'

interface PrintedRecord {
  readonly timestamp: number
  readonly bytes: Buffer
}

/** The last records of a topic over all its partitions, by their timestamps, printed but not yet shown. */
export class LastRecords {
  readonly #count: number
  readonly #print: PrintRecord
  readonly #sink: ByteSink
  #printed = Buffer.alloc(0)
  #records: PrintedRecord[] = []

  constructor(count: number, print: PrintRecord) {
    this.#count = count
    this.#print = print
    this.#sink = new ByteSink({
      write: (bytes, written) => {
        this.#printed = Buffer.concat([this.#printed, Buffer.from(bytes)])
        written?.()
      },
    })
  }

  add(fetched: FetchedBatches): void {
    forEachFetched(fetched, record => {
      this.#print(record, fetched, this.#sink)
      this.#sink.flush()
      this.#records.push({ timestamp: record.timestamp, bytes: this.#printed })
      this.#printed = Buffer.alloc(0)
      if (this.#records.length > 2 * this.#count) this.#cut()
    })
    this.#cut()
  }

  /** Oldest first. */
  take(): readonly Buffer[] {
    this.#cut()
    return this.#records.map(({ bytes }) => bytes)
  }

  #cut(): void {
    // Sorting is stable: records of one partition with the same time stay in the order of their offsets.
    this.#records = this.#records.sort((a, b) => a.timestamp - b.timestamp).slice(-this.#count)
  }
}
