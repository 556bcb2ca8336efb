import type { Codec } from './codec.ts'

const view = new DataView(new ArrayBuffer(8))

/** A whole number in eight bytes, as Kafka's LongSerializer writes it. Refuses what a `number` cannot hold exactly. */
export const int64: Codec<number> = {
  encode(value) {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is not a whole number below 2^53`)
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), 0)
    bytes.writeUInt32BE(value >>> 0, 4)
    return bytes
  },
  decode(bytes) {
    const source = eightBytes(bytes)
    const value = source.getInt32(0) * 0x1_0000_0000 + source.getUint32(4)
    if (!Number.isSafeInteger(value)) throw new RangeError('the number is 2^53 or more: use bigint64')
    return value
  },
}

/** A whole number in eight bytes, all 64 bits of it. */
export const bigint64: Codec<bigint> = {
  encode(value) {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigInt64BE(value)
    return bytes
  },
  decode: bytes => eightBytes(bytes).getBigInt64(0),
}

/** A floating-point number in eight bytes, as Kafka's DoubleSerializer writes it. */
export const float64: Codec<number> = {
  encode(value) {
    if (typeof value !== 'number') throw new TypeError(`${String(value)} is not a number`)
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeDoubleBE(value)
    return bytes
  },
  decode: bytes => eightBytes(bytes).getFloat64(0),
}

function eightBytes(bytes: Uint8Array): DataView {
  if (bytes.length !== 8) throw new RangeError(`a 64-bit number has 8 bytes, not ${bytes.length}`)
  for (let at = 0; at < 8; at++) view.setUint8(at, bytes[at]!)
  return view
}
