import type { Output } from './output.ts'

const chunkBytes = 256 * 1024
/** Copying so few bytes in a loop is faster than a call into native code. */
const loopBytes = 24

/**
 * Collects bytes in big chunks for stdout, so that a record costs a copy and nothing else. Chunks that stdout has taken are used again.
 */
export class ByteSink {
  readonly #output: Pick<Output, 'write'>
  readonly #spare: Buffer[] = []
  #buffer: Buffer = Buffer.allocUnsafeSlow(chunkBytes)
  #at = 0

  constructor(output: Pick<Output, 'write'>) {
    this.#output = output
  }

  byte(value: number): void {
    if (this.#at === this.#buffer.length) this.#next(1)
    this.#buffer[this.#at++] = value
  }

  bytes(source: Buffer, start: number, end: number): void {
    const length = end - start
    if (this.#at + length > this.#buffer.length) this.#next(length)
    const buffer = this.#buffer
    let at = this.#at
    this.#at = at + length
    if (length > loopBytes) source.copy(buffer, at, start, end)
    else for (let from = start; from < end; from++) buffer[at++] = source[from]!
  }

  text(text: string): void {
    const bytesMax = text.length * 3
    if (this.#at + bytesMax > this.#buffer.length) this.#next(bytesMax)
    this.#at += this.#buffer.write(text, this.#at)
  }

  /** A whole number in decimal digits. */
  number(value: number): void {
    if (value < 0 || value > 0x7fffffff) {
      this.text(String(value))
      return
    }
    if (this.#at + 10 > this.#buffer.length) this.#next(10)
    let digits = 1
    for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++
    let rest = value
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      this.#buffer[at] = 48 + (rest % 10)
      rest = (rest / 10) | 0
    }
    this.#at += digits
  }

  /** Hands everything to stdout. */
  flush(): void {
    if (this.#at > 0) this.#next(0)
  }

  #next(needed: number): void {
    const full = this.#buffer
    if (this.#at > 0) {
      const isUsual = full.length === chunkBytes
      this.#output.write(full.subarray(0, this.#at), () => isUsual && this.#spare.push(full))
    }
    const fits = needed <= chunkBytes
    this.#buffer = (fits ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(needed, chunkBytes))
    this.#at = 0
  }
}
