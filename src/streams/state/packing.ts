import type { AnyCodec } from '../codecs/codec.ts'

/** How values lie in rows: primitives as they are, objects as the bytes of their codec. */
export interface Packing {
  pack(value: unknown): unknown
  unpack(packed: unknown): unknown
  /** The bytes that a changelog or a file holds for a packed value. */
  bytesOf(packed: unknown): Uint8Array
  /** A packed value from such bytes. */
  fromBytes(bytes: Uint8Array): unknown
}

/** The packing for values of this codec. */
export function packingOf(codec: AnyCodec): Packing {
  const decode = codec.decodeOwn ?? codec.decode
  return {
    pack: value => (typeof value === 'object' ? codec.encode(value) : value),
    unpack: packed => (typeof packed === 'object' ? decode(packed as Uint8Array) : packed),
    bytesOf: packed => (typeof packed === 'object' ? (packed as Uint8Array) : codec.encode(packed)),
    fromBytes(bytes) {
      const value = decode(bytes)
      return typeof value === 'object' ? bytes : value
    },
  }
}
