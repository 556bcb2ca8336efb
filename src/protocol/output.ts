import { release, retain } from '../base/page-pool.ts'

const startBytes = 64 * 1024
/** A scratch buffer that one huge answer made grow is not kept beyond this. */
const keptBytes = 1024 * 1024
/** Below this, copying is cheaper than one more chunk for the socket. Measured: a chunk costs about 0.3 us. */
const referencedFrom = 1024

interface Reference {
  /** Where in the written bytes the referenced ones belong. */
  readonly at: number
  readonly bytes: Buffer
}

/**
 * What writers write to: one growing scratch buffer, kept from message to message, and references to large byte
 * fields, which are not copied. `take` gives the message as chunks for one gathered write. A reference into the memory of a
 * page pool is a use of it, which goes to whoever takes the message.
 */
export class Output {
  #buffer = Buffer.allocUnsafeSlow(startBytes)
  #references: Reference[] = []
  #referencedBytes = 0
  /** The position that the next byte goes to. Compiled writers keep it in a variable and put it back at the end. */
  at = 0

  get buffer(): Buffer {
    return this.#buffer
  }

  /** The bytes of the whole message so far. */
  get length(): number {
    return this.at + this.#referencedBytes
  }

  /** Forgets what was written: also after a writer threw half-way. */
  reset(): void {
    for (const { bytes } of this.#references) release(bytes)
    this.#forget()
    if (this.#buffer.length > keptBytes) this.#buffer = Buffer.allocUnsafeSlow(startBytes)
  }

  /** A scratch buffer with room for `bytes` more behind `at`, where what was written so far stays. */
  grow(at: number, bytes: number): Buffer {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, at + bytes))
    this.#buffer.copy(larger, 0, 0, at)
    this.#buffer = larger
    return larger
  }

  /** Puts `bytes` at `at`: a copy if they are few, else a reference. Returns the position behind them. */
  put(at: number, bytes: Buffer): number {
    if (bytes.length < referencedFrom) return this.copy(at, bytes)
    retain(bytes)
    this.#references.push({ at, bytes })
    this.#referencedBytes += bytes.length
    return at
  }

  /** Puts a copy of `bytes` at `at`. Returns the position behind them. */
  copy(at: number, bytes: Buffer): number {
    const buffer = at + bytes.length > this.#buffer.length ? this.grow(at, bytes.length) : this.#buffer
    buffer.set(bytes, at)
    return at + bytes.length
  }

  /** The message as chunks, in order. The caller owns them, and releases those that are references; they must not change until they are sent. */
  take(): Buffer[] {
    const own = Buffer.allocUnsafe(this.at)
    this.#buffer.copy(own, 0, 0, this.at)
    const references = this.#references
    this.#forget()
    if (references.length === 0) return [own]
    const chunks: Buffer[] = []
    let from = 0
    for (const reference of references) {
      if (reference.at > from) chunks.push(own.subarray(from, reference.at))
      chunks.push(reference.bytes)
      from = reference.at
    }
    if (from < own.length) chunks.push(own.subarray(from))
    return chunks
  }

  #forget(): void {
    this.at = 0
    this.#references = []
    this.#referencedBytes = 0
  }
}

/** The longest string that the protocol carries; compact ones too. */
const longestString = 32_767

/**
 * What compiled writers call. They have made room: three bytes for each UTF-16 unit of a string and five for its length.
 * Each returns the position behind what it wrote.
 */
export const writeHelpers = { varint, compactString, plainString, int64, float64, uuid, bytesIn, moveTagged }

function varint(buffer: Buffer, at: number, value: number): number {
  let rest = value
  while (rest > 127) {
    buffer[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

function compactString(buffer: Buffer, at: number, text: string): number {
  // Up to 42 units, the length takes one byte whatever the characters are.
  if (text.length <= 42) {
    const end = utf8(buffer, at + 1, text)
    buffer[at] = end - at
    return end
  }
  const bytes = checkedLength(text)
  return utf8(buffer, varint(buffer, at, bytes + 1), text)
}

function plainString(buffer: Buffer, at: number, text: string): number {
  const end = utf8(buffer, at + 2, text)
  const bytes = end - at - 2
  if (bytes > longestString) checkedLength(text)
  buffer[at] = bytes >> 8
  buffer[at + 1] = bytes
  return end
}

function checkedLength(text: string): number {
  const bytes = Buffer.byteLength(text)
  if (bytes > longestString) throw new RangeError(`a string of ${bytes} bytes does not fit into a message`)
  return bytes
}

/** Short ASCII text, which most is, is written faster by hand than by a call into the runtime. */
function utf8(buffer: Buffer, at: number, text: string): number {
  const length = text.length
  if (length > 32) return at + buffer.write(text, at)
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 127) return at + buffer.write(text, at)
    buffer[at + index] = unit
  }
  return at + length
}

function int64(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  buffer[at] = high >>> 24
  buffer[at + 1] = high >>> 16
  buffer[at + 2] = high >>> 8
  buffer[at + 3] = high
  const low = value >>> 0
  buffer[at + 4] = low >>> 24
  buffer[at + 5] = low >>> 16
  buffer[at + 6] = low >>> 8
  buffer[at + 7] = low
}

function float64(buffer: Buffer, at: number, value: number): void {
  buffer.writeDoubleBE(value, at)
}

/** By hand: the runtime's base64url takes ten times as long, and Fetch and Produce 13+ have an id for every topic. */
function uuid(buffer: Buffer, at: number, text: string): void {
  if (text.length !== 22) throw notUuid(text)
  let bits = 0
  let held = 0
  let invalid = 0
  for (let index = 0; index < 22; index++) {
    const unit = text.charCodeAt(index)
    const digit = unit < 128 ? base64Digits[unit]! : notDigit
    invalid |= digit
    bits = (bits << 6) | digit
    held += 6
    if (held >= 8) {
      held -= 8
      buffer[at++] = bits >> held
    }
  }
  if (invalid & notDigit) throw notUuid(text)
}

const notDigit = 0x40
const base64Digits = new Uint8Array(128).fill(notDigit)
for (const [digit, letter] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].entries()) {
  base64Digits[letter.charCodeAt(0)] = digit
}

function notUuid(text: string): RangeError {
  return new RangeError(`'${text}' is not a uuid in Kafka's form`)
}

function bytesIn(value: Buffer | readonly Buffer[]): number {
  if (!Array.isArray(value)) return value.length
  let sum = 0
  for (const part of value) sum += part.length
  return sum
}

/**
 * Finishes a tagged field whose value starts one byte behind `sizeAt`: puts its size there, moving the value if the size
 * takes more than that byte. Needs room for four more bytes.
 */
function moveTagged(buffer: Buffer, sizeAt: number, end: number): number {
  const size = end - sizeAt - 1
  if (size < 128) {
    buffer[sizeAt] = size
    return end
  }
  const sizeBytes = size < 1 << 14 ? 2 : size < 1 << 21 ? 3 : size < 1 << 28 ? 4 : 5
  buffer.copyWithin(sizeAt + sizeBytes, sizeAt + 1, end)
  varint(buffer, sizeAt, size)
  return sizeAt + sizeBytes + size
}
