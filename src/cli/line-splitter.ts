import { OperatorError } from '../base/errors.ts'

/** Called with each line as a range of a buffer that is only valid during the call. */
export type OnLine = (buffer: Buffer, start: number, end: number) => void

/** No line may be longer: it is held in memory as a whole. Far above what a broker accepts as a record. */
export const lineBytesMax = 64 * 1024 * 1024

/**
 * Cuts a stream of chunks into lines without an object for each. The bytes of a line are never touched, so that any
 * encoding passes. A last line without a newline is a line as well; an empty end is not.
 */
export class LineSplitter {
  readonly #delimiter: number
  readonly #onLine: OnLine
  /** The beginning of a line that the chunks so far did not end. */
  #carried: Buffer[] = []
  #carriedBytes = 0

  constructor(onLine: OnLine, delimiter = 10) {
    this.#onLine = onLine
    this.#delimiter = delimiter
  }

  push(chunk: Buffer): void {
    let start = 0
    let end = chunk.indexOf(this.#delimiter)
    if (end >= 0 && this.#carriedBytes > 0) {
      this.#carried.push(chunk.subarray(0, end))
      this.#emitCarried()
      start = end + 1
      end = chunk.indexOf(this.#delimiter, start)
    }
    while (end >= 0) {
      this.#onLine(chunk, start, end)
      start = end + 1
      end = chunk.indexOf(this.#delimiter, start)
    }
    if (start < chunk.length) this.#carry(chunk.subarray(start))
  }

  /** The stream has ended: what is left is the last line. */
  end(): void {
    if (this.#carriedBytes > 0) this.#emitCarried()
  }

  #carry(rest: Buffer): void {
    this.#carried.push(rest)
    this.#carriedBytes += rest.length
    if (this.#carriedBytes > lineBytesMax) {
      throw new OperatorError(`a line is longer than ${lineBytesMax / 1024 / 1024} MiB`, {
        hint: 'is the input made of lines? a whole file as one record: streamctl produce TOPIC FILE',
      })
    }
  }

  #emitCarried(): void {
    const line = Buffer.concat(this.#carried)
    this.#carried = []
    this.#carriedBytes = 0
    this.#onLine(line, 0, line.length)
  }
}
