import type { AnyCodec } from './codec.ts'

/** An update of a table: what a key's value is now and, where that is known, what it was. */
export interface Change {
  readonly newValue: unknown
  readonly oldValue: unknown
  readonly isLatest: boolean
}

// The last byte says which values follow, as Kafka's ChangedSerializer does since KIP-904: 0 old, 1 new, 2 both;
// 3, 4 and 5 the same with one byte `isLatest` before it.
const oldOnly = 0
const newOnly = 1
const both = 2
const withLatest = 3

/** Updates on the way through a repartition topic: both values in one record, so that none is seen without the other. */
export function changeCodec(value: AnyCodec): AnyCodec {
  return {
    encode(change) {
      const { newValue, oldValue, isLatest } = change as Change
      const newBytes = newValue === null ? undefined : value.encode(newValue)
      const oldBytes = oldValue === null ? undefined : value.encode(oldValue)
      const flag = newBytes ? (oldBytes ? both : newOnly) : oldOnly
      const tail = isLatest ? Buffer.from([flag]) : Buffer.from([0, flag + withLatest])
      if (!newBytes || !oldBytes) return Buffer.concat([newBytes ?? oldBytes ?? Buffer.alloc(0), tail])
      const length = Buffer.alloc(4)
      length.writeUInt32BE(newBytes.length)
      return Buffer.concat([length, newBytes, oldBytes, tail])
    },
    decode(bytes) {
      const flag = bytes.at(-1) ?? -1
      if (flag < 0 || flag > 5) throw new RangeError('not an update of a table')
      const isLatest = flag < withLatest || bytes.at(-2) === 1
      const body = bytes.subarray(0, bytes.length - (flag < withLatest ? 1 : 2))
      const kind = flag % withLatest
      if (kind === oldOnly) return { newValue: null, oldValue: value.decode(body), isLatest }
      if (kind === newOnly) return { newValue: value.decode(body), oldValue: null, isLatest }
      const length = Buffer.from(body.buffer, body.byteOffset, 4).readUInt32BE()
      const newValue = value.decode(body.subarray(4, 4 + length))
      return { newValue, oldValue: value.decode(body.subarray(4 + length)), isLatest }
    },
  }
}
