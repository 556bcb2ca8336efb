import type { AnyCodec } from '../codecs/codec.ts'
import { closedMark } from './closed-mark.ts'
import { packingOf } from './packing.ts'

/** How what lies in a row becomes bytes for a changelog or a file, and back. */
export interface RowFormat {
  bytesOf(key: string, value: unknown): Uint8Array
  valueOf(key: string, bytes: Uint8Array): unknown
}

/** Rows of values of a codec: their bytes are those of the codec, as in Kafka Streams' changelogs. */
export function valueRows(codec: AnyCodec): RowFormat {
  const packing = packingOf(codec)
  return {
    bytesOf: (key, value) => (key === closedMark ? (value as Uint8Array) : packing.bytesOf(value)),
    valueOf: (key, bytes) => (key === closedMark ? bytes : packing.fromBytes(bytes)),
  }
}

/** Rows whose store makes the bytes itself. */
export const byteRows: RowFormat = {
  bytesOf: (_key, value) => value as Uint8Array,
  valueOf: (_key, bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
}

const deleted = Buffer.alloc(1)
const present = Buffer.from([1])

/** Rows of versions: one byte says whether a value follows, or the key was deleted. */
export function versionRows(codec: AnyCodec): RowFormat {
  const packing = packingOf(codec)
  return {
    bytesOf: (_key, value) => (value === null ? deleted : Buffer.concat([present, packing.bytesOf(value)])),
    valueOf: (_key, bytes) => (bytes[0] === 0 ? null : packing.fromBytes(bytes.subarray(1))),
  }
}
