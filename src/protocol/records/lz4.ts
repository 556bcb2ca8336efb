// Kafka's batches hold LZ4 frames (magic 0x184D2204, blocks of up to 4 MiB, an end mark), not bare blocks.
import { DecodeError } from '../../base/errors.ts'
import { loadLazyAddon } from '../../base/lazy-addon.ts'

let loaded: typeof import('lz4-napi') | undefined
const addon = (): typeof import('lz4-napi') => (loaded ??= loadLazyAddon('lz4-napi') as typeof import('lz4-napi'))

/** Compresses to one LZ4 frame of independent blocks; the Java client reads no others. */
export function compressLz4(data: Buffer): Buffer {
  return addon().compressFrameSync(data)
}

/** Unpacks all LZ4 frames in `data`. Throws for damaged data and for more than `bytesMax` bytes of output. */
export function decompressLz4(data: Buffer, bytesMax: number): Buffer {
  const parts: Buffer[] = []
  let remaining = bytesMax
  for (let at = 0; at < data.length; ) {
    const frame = measureFrame(data, at)
    // The library's output has no limit of its own: add up what the blocks unpack to before it runs.
    if (frame.unpackedBytes > remaining) throw new DecodeError(`LZ4 data unpacks to more than ${bytesMax} bytes`)
    remaining -= frame.unpackedBytes
    if (!frame.skippable) parts.push(addon().decompressFrameSync(withHeaderChecksum(data.subarray(at, frame.end))))
    at = frame.end
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

interface MeasuredFrame {
  readonly end: number
  readonly unpackedBytes: number
  readonly skippable: boolean
}

/**
 * Clients of message format 0 wrote a wrong header checksum, all of them in the same way (KAFKA-3160). Nothing is lost by
 * accepting any: the CRC of the batch covers the header.
 */
function withHeaderChecksum(frame: Buffer): Buffer {
  const checksumAt = 6 + (((frame[4] ?? 0) & flag.contentSize) !== 0 ? 8 : 0)
  const checksum = (shortXxh32(frame.subarray(4, checksumAt)) >>> 8) & 0xff
  if (frame[checksumAt] === checksum) return frame
  const repaired = Buffer.from(frame)
  repaired[checksumAt] = checksum
  return repaired
}

/** XXH32 with seed 0 of fewer than 16 bytes, of which a header never has more. */
function shortXxh32(data: Buffer): number {
  const primes = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const
  const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
  let hash = (primes[4] + data.length) | 0
  let at = 0
  for (; at + 4 <= data.length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(data.readUInt32LE(at), primes[2])) | 0, 17), primes[3])
  }
  for (const byte of data.subarray(at)) {
    hash = Math.imul(rotate((hash + Math.imul(byte, primes[4])) | 0, 11), primes[0])
  }
  hash = Math.imul(hash ^ (hash >>> 15), primes[1])
  hash = Math.imul(hash ^ (hash >>> 13), primes[2])
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Bits of the first byte of a frame's header. */
const flag = { blockChecksums: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const

const frameMagic = 0x184d2204
const skippableMagic = 0x184d2a50

function measureFrame(data: Buffer, start: number): MeasuredFrame {
  const magic = readUInt32(data, start)
  if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
    const end = start + 8 + readUInt32(data, start + 4)
    if (end > data.length) throw cutShort()
    return { end, unpackedBytes: 0, skippable: true }
  }
  if (magic !== frameMagic) throw new DecodeError(`no LZ4 frame: magic is ${magic.toString(16)}`)
  const flags = data[start + 4] ?? 0
  if ((flags & flag.dictionary) !== 0) throw new DecodeError('LZ4 frame wants a dictionary')
  const blockChecksumBytes = (flags & flag.blockChecksums) !== 0 ? 4 : 0
  let at = start + 7 + ((flags & flag.contentSize) !== 0 ? 8 : 0)
  let unpackedBytes = 0
  for (;;) {
    const word = readUInt32(data, at)
    at += 4
    if (word === 0) break
    const blockBytes = word & 0x7fffffff
    const end = at + blockBytes
    if (end > data.length) throw cutShort()
    unpackedBytes += word > 0x7fffffff ? blockBytes : measureBlock(data, at, end)
    at = end + blockChecksumBytes
  }
  if ((flags & flag.contentChecksum) !== 0) at += 4
  if (at > data.length) throw cutShort()
  return { end: at, unpackedBytes, skippable: false }
}

/** Adds up the lengths of a block's literals and matches: what it unpacks to. */
function measureBlock(data: Buffer, start: number, end: number): number {
  let bytes = 0
  for (let at = start; at < end; ) {
    const token = data[at++] ?? 0
    let literals = token >>> 4
    if (literals === 15) {
      for (let more = 255; more === 255 && at < end; literals += more) more = data[at++] ?? 0
    }
    at += literals
    bytes += literals
    if (at >= end) break
    at += 2
    let match = (token & 15) + 4
    if (match === 19) {
      for (let more = 255; more === 255 && at < end; match += more) more = data[at++] ?? 0
    }
    bytes += match
  }
  return bytes
}

function readUInt32(data: Buffer, at: number): number {
  if (data.length - at < 4) throw cutShort()
  return data.readUInt32LE(at)
}

function cutShort(): DecodeError {
  return new DecodeError('LZ4 frame is cut short')
}
