// Snappy comes in two forms on the wire: one raw block (librdkafka), or the stream of blocks of the Java library by
// Xerial. Every client reads the second, so that is what we write.
import { DecodeError } from '../../base/errors.ts'
import { loadLazyAddon } from '../../base/lazy-addon.ts'

let loaded: typeof import('snappy') | undefined
const addon = (): typeof import('snappy') => (loaded ??= loadLazyAddon('snappy') as typeof import('snappy'))

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** Magic, version 1, compatible with version 1. */
const xerialHeader = Buffer.concat([xerialMagic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
/** What the Java library takes at once. */
const xerialBlockBytes = 32 * 1024

/** Compresses to Xerial's stream of blocks. */
export function compressSnappy(data: Buffer): Buffer {
  const parts: Buffer[] = [xerialHeader]
  for (let at = 0; at < data.length; at += xerialBlockBytes) {
    const block = addon().compressSync(data.subarray(at, at + xerialBlockBytes))
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Unpacks either form. Throws for damaged data and for more than `bytesMax` bytes of output. */
export function decompressSnappy(data: Buffer, bytesMax: number): Buffer {
  if (!data.subarray(0, xerialMagic.length).equals(xerialMagic)) return unpackBlock(data, bytesMax)
  if (data.length < xerialHeader.length) throw new DecodeError('snappy stream ends in its header')
  const parts: Buffer[] = []
  let remaining = bytesMax
  for (let at = xerialHeader.length; at < data.length; ) {
    if (data.length - at < 4) throw new DecodeError('snappy stream ends in a block length')
    const blockBytes = data.readInt32BE(at)
    at += 4
    if (blockBytes < 0 || blockBytes > data.length - at) throw new DecodeError('snappy stream ends in a block')
    const part = unpackBlock(data.subarray(at, at + blockBytes), remaining)
    remaining -= part.length
    parts.push(part)
    at += blockBytes
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

function unpackBlock(block: Buffer, bytesMax: number): Buffer {
  const announced = announcedBytes(block)
  if (announced > bytesMax) throw new DecodeError(`snappy block unpacks to ${announced} bytes, more than ${bytesMax}`)
  // The library takes the memory before it looks at the data: do not let a few bytes claim much.
  if (announced > block.length * expansionMax) throw new DecodeError('snappy block announces more than it can hold')
  const output = addon().uncompressSync(block, { asBuffer: true })
  return Buffer.isBuffer(output) ? output : Buffer.from(output)
}

/** Snappy's best is a copy of 64 bytes for three: this leaves room. */
const expansionMax = 64

/** The unpacked size, a varint that every block starts with. */
function announcedBytes(block: Buffer): number {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const byte = block[index]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return value
  }
  throw new DecodeError('snappy block has no length')
}
