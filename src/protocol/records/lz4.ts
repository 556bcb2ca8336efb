// Kafka's batches hold LZ4 frames (magic 0x184D2204, blocks of up to 4 MiB, an end mark), not bare blocks.
import { compressFrameSync, decompressFrameSync } from 'lz4-napi'
import { DecodeError } from '../../base/errors.ts'

/** Compresses to one LZ4 frame of independent blocks; the Java client reads no others. */
export function compressLz4(data: Buffer): Buffer {
  return compressFrameSync(data)
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
    if (!frame.skippable) parts.push(decompressFrameSync(data.subarray(at, frame.end)))
    at = frame.end
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

interface MeasuredFrame {
  readonly end: number
  readonly unpackedBytes: number
  readonly skippable: boolean
}

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
  const hasBlockChecksums = (flags & 0x10) !== 0
  const hasContentSize = (flags & 0x08) !== 0
  const hasContentChecksum = (flags & 0x04) !== 0
  let at = start + 7 + (hasContentSize ? 8 : 0)
  let unpackedBytes = 0
  for (;;) {
    const word = readUInt32(data, at)
    at += 4
    if (word === 0) break
    const blockBytes = word & 0x7fffffff
    const end = at + blockBytes
    if (end > data.length) throw cutShort()
    unpackedBytes += word > 0x7fffffff ? blockBytes : measureBlock(data, at, end)
    at = end + (hasBlockChecksums ? 4 : 0)
  }
  if (hasContentChecksum) at += 4
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
