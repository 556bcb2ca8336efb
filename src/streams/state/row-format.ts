import { bufferOf } from '../codecs/bytes.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import { packingOf } from './packing.ts'

/** How what lies in a row becomes bytes for a changelog or a file, and back. */
export interface RowFormat {
  bytesOf(value: unknown): Uint8Array
  valueOf(bytes: Uint8Array): unknown
}

/** Rows of values of a codec: their bytes are those of the codec, as in Kafka Streams' changelogs. */
export function valueRows(codec: AnyCodec): RowFormat {
  const packing = packingOf(codec)
  return {
    bytesOf: value => packing.bytesOf(value),
    valueOf: bytes => packing.fromBytes(bytes),
  }
}

/** Rows whose store makes the bytes itself. */
export const byteRows: RowFormat = {
  bytesOf: value => value as Uint8Array,
  valueOf: bufferOf,
}

const deleted = Buffer.alloc(1)
const present = Buffer.from([1])

/** Rows of versions: one byte says whether a value follows, or the key was deleted. */
export function versionRows(codec: AnyCodec): RowFormat {
  const packing = packingOf(codec)
  return {
    bytesOf: value => (value === null ? deleted : Buffer.concat([present, packing.bytesOf(value)])),
    valueOf: bytes => (bytes[0] === 0 ? null : packing.fromBytes(bytes.subarray(1))),
  }
}
