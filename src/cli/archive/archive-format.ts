// An archive: the line `streamctl archive 1`, then blocks. A block is its kind (one ASCII letter), the length of its content
// (32 bits, big-endian), the content, and the CRC-32 of all that. First the topics and groups, then records, then the end:
//
// - T  a topic, JSON: {"name", "partitions", "settings": [["retention.ms", "1000"], …]}
// - G  offsets of a group, JSON: {"group", "offsets": [{"topic", "partition", "offset"}, …]}, as they were at the source
// - R  records: number of the topic among the T blocks (16 bits), partition (32 bits), then record batches of format 2 as the
//      broker sent them, with their offsets at the source
// - Z  the same, everything behind the partition compressed with zstd
// - E  the end, JSON: {"records": {"TOPIC": count, …}}; a file without it is cut short
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { OffsetToCommit } from '../../client/group-admin.ts'
import type { TopicShape } from '../copy/same-topic.ts'

export const archiveHead: Buffer = Buffer.from('streamctl archive 1\n')

/** Kind and length. */
export const blockHeadBytes = 5
export const blockTailBytes = 4

/** No block is larger: a length beyond it is damage. */
const blockBytesMax = 512 * 1024 * 1024
const recordsHeadBytes = 6

export interface GroupOffsets {
  readonly group: string
  readonly offsets: readonly OffsetToCommit[]
}

export interface ArchivedRecords {
  /** Number of the topic among the topics of the archive. */
  readonly topic: number
  readonly partition: number
  /** Whole batches, one after the other. */
  readonly batches: Buffer
}

export type ArchiveBlock =
  | { readonly kind: 'topic'; readonly topic: TopicShape }
  | { readonly kind: 'group'; readonly group: GroupOffsets }
  | { readonly kind: 'records'; readonly records: ArchivedRecords }
  | { readonly kind: 'end'; readonly records: Readonly<Record<string, number>> }

/** The bytes of a block, in pieces. Records are compressed where that makes them smaller. */
export function encodeBlock(block: ArchiveBlock): readonly Buffer[] {
  switch (block.kind) {
    case 'topic':
      return framed('T', [json(block.topic)])
    case 'group':
      return framed('G', [json(block.group)])
    case 'end':
      return framed('E', [json({ records: block.records })])
    case 'records':
      return encodeRecords(block.records)
  }
}

/** Length of the content of the block that begins with these bytes. Throws `OperatorError` for one that cannot be. */
export function contentBytes(head: Buffer): number {
  const bytes = head.readUInt32BE(1)
  if (bytes > blockBytesMax) throw damaged(`a block of ${bytes} bytes`)
  return bytes
}

/** Whether the bytes of a whole block are those that were written. */
export function isIntact(block: Buffer): boolean {
  const end = block.length - blockTailBytes
  return crc32(block.subarray(0, end)) === block.readUInt32BE(end)
}

/** Reads a whole block. Throws `OperatorError` for one that is damaged. */
export function decodeBlock(block: Buffer): ArchiveBlock {
  if (!isIntact(block)) throw damaged('a checksum is wrong')
  const content = block.subarray(blockHeadBytes, block.length - blockTailBytes)
  const kind = String.fromCharCode(block[0]!)
  switch (kind) {
    case 'T':
      return { kind: 'topic', topic: JSON.parse(content.toString()) }
    case 'G':
      return { kind: 'group', group: JSON.parse(content.toString()) }
    case 'E':
      return { kind: 'end', ...JSON.parse(content.toString()) }
    case 'R':
    case 'Z':
      return { kind: 'records', records: decodeRecords(content, kind === 'Z') }
    default:
      throw damaged(`an unknown kind of block, '${kind}'`)
  }
}

/** An archive that cannot be read as a whole. Exit code 1. */
export function damaged(what: string): OperatorError {
  return new OperatorError(`the archive is damaged: ${what}`, {
    hint: 'it was changed or cut short since it was written: get it again from where it was made',
    exitCode: ExitCode.failure,
  })
}

function encodeRecords({ topic, partition, batches }: ArchivedRecords): readonly Buffer[] {
  const place = Buffer.allocUnsafe(recordsHeadBytes)
  place.writeUInt16BE(topic, 0)
  place.writeInt32BE(partition, 2)
  const packed = zstdCompressSync(batches)
  return packed.length < batches.length ? framed('Z', [place, packed]) : framed('R', [place, batches])
}

function decodeRecords(content: Buffer, isPacked: boolean): ArchivedRecords {
  const data = content.subarray(recordsHeadBytes)
  return {
    topic: content.readUInt16BE(0),
    partition: content.readInt32BE(2),
    batches: isPacked ? zstdDecompressSync(data, { maxOutputLength: blockBytesMax }) : data,
  }
}

function framed(kind: string, parts: readonly Buffer[]): readonly Buffer[] {
  const head = Buffer.allocUnsafe(blockHeadBytes)
  head.write(kind, 0, 'latin1')
  head.writeUInt32BE(
    parts.reduce((sum, part) => sum + part.length, 0),
    1,
  )
  const tail = Buffer.allocUnsafe(blockTailBytes)
  tail.writeUInt32BE(
    [head, ...parts].reduce((crc, part) => crc32(part, crc), 0),
    0,
  )
  return [head, ...parts, tail]
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
