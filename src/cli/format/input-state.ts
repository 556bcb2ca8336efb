import type { ParsedRecord } from './input-format.ts'
import type { JsonScan } from './json-text.ts'
import { RecordProblem } from './record-problem.ts'

/** The largest record that is waited for: brokers take a megabyte unless they are told otherwise. */
export const inputRecordBytesMax = 256 * 1024 * 1024

interface Sizes {
  topic: number | undefined
  key: number | undefined
  value: number | undefined
  headers: number | undefined
}

/** What steps of a format work on: bytes that have come, how far they are read, and the record that is being put together. */
export class InputState {
  buffer: Buffer = Buffer.alloc(0)
  /** Where the next step begins to read. */
  at = 0
  end = 0
  /** No more bytes will come. */
  isLast = false
  /** Bytes behind `at` in which a delimiter was looked for already. */
  scannedBytes = 0
  /** Some of the present record is read. */
  hasStarted = false
  record: ParsedRecord = emptyRecord()
  /** Sizes that were read: -1 null, undefined none. */
  readonly sizes: Sizes = { topic: undefined, key: undefined, value: undefined, headers: undefined }
  json: JsonScan | undefined
  /** The header that is being read, and how far. */
  header: HeaderState | undefined
  /** Ours to write in, unlike a chunk. */
  #own: Buffer = Buffer.alloc(0)

  get isAtEnd(): boolean {
    return this.at >= this.end
  }

  add(chunk: Buffer): void {
    const restBytes = this.end - this.at
    if (restBytes === 0) {
      this.buffer = chunk
      this.at = 0
      this.end = chunk.length
      return
    }
    if (restBytes + chunk.length > inputRecordBytesMax) {
      throw new RecordProblem(`no end after ${inputRecordBytesMax / 1024 / 1024} MiB`)
    }
    this.#makeRoom(restBytes, chunk.length)
    chunk.copy(this.buffer, this.end)
    this.end += chunk.length
  }

  /** What is not read yet, and of the present record what is, is copied: the chunk belongs to the caller. */
  keepRest(): void {
    if (this.hasStarted && this.buffer !== this.#own) this.#detach()
    if (!this.isAtEnd && this.buffer !== this.#own) this.#makeRoom(this.end - this.at, 0)
  }

  next(): void {
    this.hasStarted = false
    this.record = emptyRecord()
    this.sizes.topic = undefined
    this.sizes.key = undefined
    this.sizes.value = undefined
    this.sizes.headers = undefined
  }

  /** Takes so many bytes if they are there. */
  take(bytes: number): Buffer | undefined {
    if (bytes > inputRecordBytesMax) throw new RecordProblem(`${bytes} bytes are too many for a record`)
    if (this.end - this.at < bytes) return undefined
    const start = this.at
    this.at += bytes
    this.scannedBytes = 0
    if (bytes > 0) this.hasStarted = true
    return this.buffer.subarray(start, this.at)
  }

  /** A buffer of ours gets what is not read, from its beginning, and room for more. Nothing in it is ever written over. */
  #makeRoom(restBytes: number, moreBytes: number): void {
    if (this.buffer === this.#own && this.end + moreBytes <= this.#own.length) return
    // Room to grow, so that a long record is not copied again for each chunk.
    const target = Buffer.allocUnsafeSlow(Math.max(ownBytesMin, (restBytes + moreBytes) * 2))
    this.buffer.copy(target, 0, this.at, this.end)
    if (this.json) this.json.at -= this.at
    this.#own = target
    this.buffer = target
    this.at = 0
    this.end = restBytes
  }

  #detach(): void {
    const { record, header } = this
    record.key = copied(record.key)
    record.value = copied(record.value)
    record.headers = record.headers.map(({ key, value }) => ({ key, value: copied(value) }))
    if (header) Object.assign(header, { key: copied(header.key), value: copied(header.value) })
  }
}

const ownBytesMin = 128 * 1024

function copied(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}

/** The header that is being read. */
export interface HeaderState {
  step: number
  key: Buffer | null
  value: Buffer | null
  keyBytes: number | undefined
  valueBytes: number | undefined
}

function emptyRecord(): ParsedRecord {
  return { key: null, value: null, headers: [] }
}
