import { DecodeError } from '../base/errors.ts'
import { zeroUuid } from './fields.ts'

/**
 * What compiled readers call. They have checked that the bytes are there. A Buffer is taken apart by hand where that is
 * faster than the method, which is nearly everywhere.
 */
export const readHelpers = { cursor: { at: 0 }, longUvarint, int64, float64, uuid, uint32, unsafe }

/** The rest of an unsigned varint whose first byte has its high bit set. Leaves the position behind it in `cursor.at`. */
function longUvarint(buffer: Buffer, at: number, first: number): number {
  let value = first & 0x7f
  for (let shift = 7; shift <= 28; shift += 7) {
    const byte = buffer[at++]
    if (byte === undefined) throw new DecodeError('the frame ends within a varint')
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      readHelpers.cursor.at = at
      // Kafka's lengths are signed 32-bit values at heart: more than 2^31 is caught by the bounds check as "beyond the frame".
      return value >>> 0
    }
  }
  throw new DecodeError('a varint is longer than 5 bytes')
}

function uint32(buffer: Buffer, at: number): number {
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0
}

function int64(buffer: Buffer, at: number): number {
  const high = (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!
  const value = high * 0x1_0000_0000 + uint32(buffer, at + 4)
  return value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER ? unsafe() : value
}

function unsafe(): never {
  throw new DecodeError('a 64-bit value is beyond 2^53')
}

function float64(buffer: Buffer, at: number): number {
  return buffer.readDoubleBE(at)
}

function uuid(buffer: Buffer, at: number): string {
  for (let index = at; index < at + 16; index++) {
    if (buffer[index] !== 0) return buffer.toString('base64url', at, at + 16)
  }
  return zeroUuid
}

/** The position behind a section of tagged fields. Throws a `DecodeError`. */
export function skipTaggedFields(buffer: Buffer, at: number): number {
  let position = at
  const varint = (): number => {
    const first = buffer[position++]
    if (first === undefined) throw new DecodeError('the frame ends within the tagged fields')
    if (first < 0x80) return first
    const value = longUvarint(buffer, position, first)
    position = readHelpers.cursor.at
    return value
  }
  for (let left = varint(); left > 0; left--) {
    varint()
    const size = varint()
    if (size > buffer.length - position) throw new DecodeError('the frame ends within the tagged fields')
    position += size
  }
  return position
}
