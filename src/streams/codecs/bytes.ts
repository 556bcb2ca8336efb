import type { Codec } from './codec.ts'

/** The same bytes as a Buffer, which costs nothing where they are one: as everything is that comes from a broker. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Bytes as they are. */
export const bytes: Codec<Uint8Array> = {
  encode: value => value,
  decode: value => value,
}
