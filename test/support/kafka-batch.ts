import { bytes, type WireConnection } from './kafka-bytes.ts'

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C by the book, independent of the one under test. */
function crc32c(data: Buffer): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255]!
  return ~crc
}

function varint(value: number): Buffer {
  let zigzag = (value << 1) ^ (value >> 31)
  const parts: number[] = []
  for (; zigzag > 127; zigzag >>>= 7) parts.push((zigzag & 127) | 128)
  return Buffer.from([...parts, zigzag])
}

/** A record batch v2 by hand; every field can be made wrong. */
export function recordBatch(
  values: readonly string[],
  wrong: {
    magic?: number
    crc?: number
    attributes?: number
    recordCount?: number
    lastOffsetDelta?: number
    batchLength?: number
    producerId?: number
    producerEpoch?: number
    baseSequence?: number
  } = {},
): Buffer {
  const records = values.map((value, i) => {
    const data = Buffer.from(value)
    const parts = [bytes.int8(0), varint(0), varint(i), varint(-1), varint(data.length), data, varint(0)]
    const body = Buffer.concat(parts)
    return Buffer.concat([varint(body.length), body])
  })
  const now = Date.now()
  const checked = Buffer.concat([
    bytes.int16(wrong.attributes ?? 0),
    bytes.int32(wrong.lastOffsetDelta ?? values.length - 1),
    ...[bytes.int64(now), bytes.int64(now)],
    ...[
      bytes.int64(wrong.producerId ?? -1),
      bytes.int16(wrong.producerEpoch ?? -1),
      bytes.int32(wrong.baseSequence ?? -1),
    ],
    bytes.int32(wrong.recordCount ?? values.length),
    ...records,
  ])
  const length = wrong.batchLength ?? 9 + checked.length
  const head = [bytes.int64(0), bytes.int32(length), bytes.int32(-1), bytes.int8(wrong.magic ?? 2)]
  return Buffer.concat([...head, bytes.int32(wrong.crc ?? crc32c(checked) | 0), checked])
}

/** The body of Produce v3 for one partition. */
export function produceBody(
  topic: string,
  records: Buffer | null,
  options: { acks?: number; partition?: number } = {},
): Buffer {
  const { acks = -1, partition = 0 } = options
  return Buffer.concat([
    ...[bytes.string(null), bytes.int16(acks), bytes.int32(5000)],
    ...[bytes.int32(1), bytes.string(topic), bytes.int32(1), bytes.int32(partition), bytes.blob(records)],
  ])
}

/** Produces and returns error code and base offset of the one partition. */
export async function produceRaw(
  connection: WireConnection,
  topic: string,
  records: Buffer | null,
  options: { acks?: number; partition?: number } = {},
): Promise<{ errorCode: number; baseOffset: number }> {
  const answer = await connection.request(0, 3, produceBody(topic, records, options))
  // Topics, the name, partitions, the index.
  const at = 4 + 2 + answer.readInt16BE(4) + 4 + 4
  return { errorCode: answer.readInt16BE(at), baseOffset: Number(answer.readBigInt64BE(at + 2)) }
}
