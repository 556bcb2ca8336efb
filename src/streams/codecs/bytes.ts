import type { Codec } from './codec.ts'

/** Bytes as they are. */
export const bytes: Codec<Uint8Array> = {
  encode: value => value,
  decode: value => value,
}
