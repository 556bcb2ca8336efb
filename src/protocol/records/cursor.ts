import { DecodeError } from '../../base/errors.ts'

/**
 * Reads protobuf-style zigzag varints from a buffer, as record batches hold them, without allocating.
 * Every read is checked against the end of the buffer and throws `DecodeError` beyond it.
 */
export class RecordCursor {
  readonly buffer: Buffer
  at = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  /** A signed varint of at most 32 bits. */
  varint(): number {
    const first = this.buffer[this.at++] ?? beyondEnd()
    // Most lengths and deltas are a single byte.
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.buffer[this.at++] ?? beyondEnd()
      if (shift === 28 && byte > 0x0f) throw new DecodeError('varint has more than 32 bits')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return (value >>> 1) ^ -(value & 1)
  }

  /** A signed varint of at most 64 bits; one that is not a safe integer is refused. */
  varlong(): number {
    const first = this.buffer[this.at++] ?? beyondEnd()
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let value = first & 0x7f
    // Above 2^28 the bits no longer fit JavaScript's 32-bit operators: multiply instead.
    for (let scale = 0x80; ; scale *= 0x80) {
      const byte = this.buffer[this.at++] ?? beyondEnd()
      value += (byte & 0x7f) * scale
      if (value > zigzagMax) throw new DecodeError('varlong is beyond the safe integers')
      if (byte < 0x80) break
      if (scale > zigzagMax) throw new DecodeError('varlong has more than 64 bits')
    }
    return value % 2 === 0 ? value / 2 : -(value - 1) / 2 - 1
  }

  /** Moves over `bytes` bytes, which must lie before `end`. Returns where they start. */
  skip(bytes: number, end: number): number {
    const start = this.at
    if (bytes < 0 || bytes > end - start) throw new DecodeError(`${bytes} bytes announced, ${end - start} left`)
    this.at = start + bytes
    return start
  }
}

// Zigzag doubles a number; 2^53 is still exact, so what fits must stay below.
const zigzagMax = Number.MAX_SAFE_INTEGER

function beyondEnd(): never {
  throw new DecodeError('record data ends in the middle of a record')
}

/** Bytes that `varint` or `varlong` of `value` takes. */
export function varintBytes(value: number): number {
  // Almost every number in a record is small; 32-bit operators and comparisons are much faster than division.
  if (value >= -0x40 && value < 0x40) return 1
  if (value >= -0x2000 && value < 0x2000) return 2
  if (value >= -0x10_0000 && value < 0x10_0000) return 3
  let zigzag = zigzagOf(value)
  let bytes = 1
  for (; zigzag >= 0x80; bytes++) zigzag = Math.floor(zigzag / 0x80)
  return bytes
}

/** Writes a zigzag varint (or varlong) at `at`, which must have room, and returns the position behind it. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  if (value >= -0x40 && value < 0x40) {
    buffer[at] = (value << 1) ^ (value >> 31)
    return at + 1
  }
  if (value >= -0x2000 && value < 0x2000) {
    const zigzag = (value << 1) ^ (value >> 31)
    buffer[at] = (zigzag & 0x7f) | 0x80
    buffer[at + 1] = zigzag >>> 7
    return at + 2
  }
  let zigzag = zigzagOf(value)
  let position = at
  for (; zigzag >= 0x80; zigzag = Math.floor(zigzag / 0x80)) buffer[position++] = (zigzag % 0x80) | 0x80
  buffer[position++] = zigzag
  return position
}

const zigzagOf = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
