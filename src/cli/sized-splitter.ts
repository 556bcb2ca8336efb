import { ExitCode, OperatorError } from '../base/errors.ts'
import type { OnLine } from './line-splitter.ts'

/** How the length before each record is written. */
export const lengthForms = ['big32', 'little32', 'big64', 'little64', 'big16', 'little16', 'varint'] as const

export type LengthForm = (typeof lengthForms)[number]

const recordBytesMax = 64 * 1024 * 1024
// 5 groups of 7 bits hold any length that we take.
const varintBytesMax = 5

/**
 * Cuts a stream of chunks into records that have their length in front of them: a whole number of fixed size, or a varint as
 * Protobuf's delimited streams have it. Throws `OperatorError` if the input ends within a record.
 */
export class SizedSplitter {
  readonly #onRecord: OnLine
  readonly #form: LengthForm
  #rest: Buffer[] = []
  #restBytes = 0
  /** So many bytes are needed before it is worth the time to look again. */
  #neededBytes = 1
  #count = 0

  constructor(onRecord: OnLine, form: LengthForm) {
    this.#onRecord = onRecord
    this.#form = form
  }

  push(chunk: Buffer): void {
    this.#rest.push(chunk)
    this.#restBytes += chunk.length
    if (this.#restBytes < this.#neededBytes) return
    const bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest)
    let at = 0
    this.#neededBytes = 1
    for (;;) {
      const length = readLength(bytes, at, this.#form)
      if (!length) break
      if (length.value > recordBytesMax) throw this.#tooLong(length.value)
      const end = length.end + length.value
      if (end > bytes.length) {
        this.#neededBytes = end - at
        break
      }
      this.#count++
      this.#onRecord(bytes, length.end, end)
      at = end
    }
    this.#rest = at < bytes.length ? [bytes.subarray(at)] : []
    this.#restBytes = bytes.length - at
  }

  end(): void {
    if (this.#restBytes === 0) return
    throw new OperatorError(`the input ends in the middle of record ${this.#count + 1}`, {
      hint: `${this.#restBytes} bytes of it are there; the records before it were written`,
      exitCode: ExitCode.failure,
    })
  }

  #tooLong(length: number): OperatorError {
    return new OperatorError(`record ${this.#count + 1} would have ${length} bytes`, {
      hint: `are the lengths written as ${this.#form}? other forms: ${lengthForms.join(', ')}`,
      exitCode: ExitCode.failure,
    })
  }
}

/** The length at `at` and where it ends; undefined if it is not all there. */
function readLength(bytes: Buffer, at: number, form: LengthForm): { value: number; end: number } | undefined {
  if (form === 'varint') return readVarint(bytes, at)
  const size = form.endsWith('16') ? 2 : form.endsWith('32') ? 4 : 8
  const end = at + size
  if (end > bytes.length) return undefined
  if (size < 8) return { value: form.startsWith('big') ? bytes.readUIntBE(at, size) : bytes.readUIntLE(at, size), end }
  return { value: Number(form === 'big64' ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at)), end }
}

function readVarint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0
  for (let index = 0; at + index < bytes.length; index++) {
    const byte = bytes[at + index]!
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, end: at + index + 1 }
    if (index + 1 === varintBytesMax) return { value: Number.POSITIVE_INFINITY, end: at }
  }
  return undefined
}
