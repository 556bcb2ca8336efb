// Control batches: the markers that end a transaction in a partition.
import { DecodeError } from '../../base/errors.ts'
import { BatchBuilder } from './build.ts'

export interface EndMarker {
  readonly committed: boolean
  readonly producerId: number
  readonly producerEpoch: number
  /** Epoch of the transaction coordinator that decided. */
  readonly coordinatorEpoch: number
  readonly timestamp: number
}

const abortType = 0
const commitType = 1
/** Enough for the one record, so that nobody holds a page of memory for it. */
const markerBytesMax = 256

/** A batch with the one record that commits or aborts the producer's open transaction in a partition. */
export function endMarkerBatch(marker: EndMarker): Buffer {
  const key = Buffer.alloc(4)
  key.writeInt16BE(marker.committed ? commitType : abortType, 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(marker.coordinatorEpoch, 2)
  const builder = new BatchBuilder({ bytesMax: markerBytesMax })
  builder.append(marker.timestamp, key, value)
  return builder.build({
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    transactional: true,
    control: true,
  })
}

export type ControlType = 'abort' | 'commit' | 'other'

/** What the key of a record in a control batch says. Types of later versions are `other`, for readers to pass over. */
export function controlTypeOf(key: Buffer | null): ControlType {
  if (key === null || key.length < 4) throw new DecodeError('control record without a key')
  const type = key.readInt16BE(2)
  if (type === abortType) return 'abort'
  return type === commitType ? 'commit' : 'other'
}
