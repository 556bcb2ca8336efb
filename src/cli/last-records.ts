import { type AnsweredBatches, forEachInBatch, wantedBatches } from '../client/fetched-records.ts'
import { placeOf } from '../client/record-place.ts'
import { ByteSink } from './byte-sink.ts'
import type { PrintWanted } from './wanted-records.ts'

interface PrintedRecord {
  readonly timestamp: number
  readonly bytes: Buffer
}

/** The last records of a topic over all its partitions, by their timestamps, printed but not yet shown. */
export class LastRecords {
  readonly #count: number
  readonly #print: PrintWanted
  readonly #sink: ByteSink
  #printed = Buffer.alloc(0)
  #records: PrintedRecord[] = []

  constructor(count: number, print: PrintWanted) {
    this.#count = count
    this.#print = print
    this.#sink = new ByteSink({
      write: (bytes, written) => {
        this.#printed = Buffer.concat([this.#printed, Buffer.from(bytes)])
        written?.()
      },
    })
  }

  add(fetched: AnsweredBatches): void {
    for (const at of wantedBatches(fetched)) {
      const place = placeOf(fetched, at)
      forEachInBatch(fetched, at, record => {
        if (!this.#print(record, place, this.#sink)) return
        this.#sink.flush()
        this.#records.push({ timestamp: record.timestamp, bytes: this.#printed })
        this.#printed = Buffer.alloc(0)
        if (this.#records.length > 2 * this.#count) this.#cut()
      })
    }
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
