import {
  AttributeBit,
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBytes,
  batchHeaderBytes,
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  compressionOf,
  headerAt,
  isControl,
  isTransactional,
} from '../protocol/records/batch.ts'
import { compressionIdMax } from '../protocol/records/compression.ts'
import { crc32c } from '../protocol/records/crc32c.ts'

/** What a row says of the batches in it. */
export interface RowExtent {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly data: Buffer
}

/** Something that is wrong with a stored batch, or with what the row says of it. */
export interface BatchFault {
  readonly kind: 'batch-crc' | 'batch-header' | 'row-extent'
  /** Where in the log: the first offset of the batch, as far as it can be told. */
  readonly offset: number
  readonly message: string
}

const knownAttributes =
  AttributeBit.compressionMask |
  AttributeBit.logAppendTime |
  AttributeBit.transactional |
  AttributeBit.control |
  AttributeBit.deleteHorizon

/**
 * Checks the batches of a row as they are stored: they fill it, each with the CRC and a header that fits, and their offsets
 * rise from the row's first to its last. Calls `onBatch` with the position of each batch that is all there. Records are not
 * unpacked: the CRC vouches for them.
 */
export function verifyRow(row: RowExtent, onBatch: (at: number) => void = () => {}): BatchFault[] {
  const faults: BatchFault[] = []
  const { data } = row
  let next = row.baseOffset
  let at = 0
  while (at < data.length) {
    const bytes = data.length - at < batchHeaderBytes ? 0 : batchBytes(data, at)
    if (bytes < batchHeaderBytes || bytes > data.length - at) {
      const message = `no whole batch at byte ${at} of the row's ${data.length}`
      faults.push({ kind: 'batch-header', offset: next, message })
      return faults
    }
    const fault = batchFault(data, at, bytes, row)
    if (fault) faults.push({ ...fault, offset: next })
    const baseOffset = batchBaseOffset(data, at)
    // Compaction takes batches out of the middle of a row, but never the first.
    if (at === 0 ? baseOffset !== next : baseOffset < next) {
      const message = `the batch begins with offset ${baseOffset} instead of ${next}`
      faults.push({ kind: 'row-extent', offset: next, message })
    }
    onBatch(at)
    next = Math.max(next, batchLastOffset(data, at) + 1)
    at += bytes
  }
  if (next !== row.lastOffset + 1) {
    const message = `the row's last offset is ${row.lastOffset}, but its batches end with ${next - 1}`
    faults.push({ kind: 'row-extent', offset: row.baseOffset, message })
  }
  return faults
}

function batchFault(data: Buffer, at: number, bytes: number, row: RowExtent): Omit<BatchFault, 'offset'> | undefined {
  const expected = data.readUInt32BE(at + headerAt.crc)
  const actual = crc32c(data, at + headerAt.attributes, at + bytes)
  if (actual !== expected) {
    return { kind: 'batch-crc', message: `the batch has CRC ${hex(actual)}, but its header says ${hex(expected)}` }
  }
  const message = headerFault(data, at, row)
  return message === undefined ? undefined : { kind: 'batch-header', message }
}

/** Fields that the CRC does not cover, and such as no version of the node has written. */
function headerFault(data: Buffer, at: number, row: RowExtent): string | undefined {
  const attributes = batchAttributes(data, at)
  const count = batchRecordCount(data, at)
  const offsets = batchLastOffset(data, at) - batchBaseOffset(data, at) + 1
  const producerId = batchProducerId(data, at)
  if (batchMagic(data, at) !== 2) return `the batch has magic ${batchMagic(data, at)}`
  if (batchLeaderEpoch(data, at) !== row.leaderEpoch)
    return `the batch has leader epoch ${batchLeaderEpoch(data, at)}, but its row ${row.leaderEpoch}`
  if ((attributes & ~knownAttributes) !== 0 || compressionOf(attributes) > compressionIdMax)
    return `the batch has unknown attributes (0x${attributes.toString(16)})`
  if (offsets < 1 || count < 0 || count > offsets) return `the batch has ${count} records in ${offsets} offsets`
  if (isControl(attributes) && offsets !== 1) return `a control batch of ${offsets} records`
  if (isTransactional(attributes) && producerId < 0) return 'a transactional batch without a producer id'
  if (
    producerId >= 0 &&
    (batchProducerEpoch(data, at) < 0 || (batchBaseSequence(data, at) < 0 && !isControl(attributes)))
  )
    return `producer ${producerId} without an epoch or a sequence`
  return undefined
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
