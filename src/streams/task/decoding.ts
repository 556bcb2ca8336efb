import type { RecordOrigin } from '../operators/operator.ts'
import type { SourceNode } from '../topology/topology.ts'
import type { TaskRecord } from './record-queues.ts'

/** A record as operators take it. */
export interface DecodedRecord {
  /** The topic's whole name. */
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly partition: number
  readonly offset: number
  readonly headers: ReadonlyMap<string, Uint8Array>
}

/** A record that the codec of its topic, its schema or its timestamp function refuses. */
export class InvalidRecord extends Error {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly part: 'key' | 'value' | 'timestamp'

  constructor(
    place: { topic: string; partition: number; offset: number; part: InvalidRecord['part'] },
    cause: unknown,
  ) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`the ${place.part} of ${place.topic}-${place.partition}@${place.offset} is invalid: ${why}`, { cause })
    this.name = 'InvalidRecord'
    this.topic = place.topic
    this.partition = place.partition
    this.offset = place.offset
    this.part = place.part
  }
}

/** Decodes a record for a source. Throws InvalidRecord. */
export function decodeRecord(
  source: SourceNode,
  place: { readonly topic: string; readonly partition: number },
  record: TaskRecord,
): DecodedRecord {
  const { offset, headers } = record
  const attempt = <T>(part: InvalidRecord['part'], action: () => T): T => {
    try {
      return action()
    } catch (error) {
      throw new InvalidRecord({ ...place, offset, part }, error)
    }
  }
  const key = record.key === null ? null : attempt('key', () => source.key.decode(record.key!))
  const value = record.value === null ? null : attempt('value', () => source.value.decode(record.value!))
  const timestamp = attempt('timestamp', () => timestampOf(source, place, record, value))
  return { topic: place.topic, key, value, timestamp, partition: place.partition, offset, headers }
}

function timestampOf(
  source: SourceNode,
  { topic, partition }: { topic: string; partition: number },
  { timestamp, offset, headers }: TaskRecord,
  value: unknown,
): number {
  let time: unknown = timestamp
  if (source.timestamp && value !== null) {
    time = source.timestamp(value, { topic, partition, offset, timestamp, headers } satisfies RecordOrigin)
  }
  if (typeof time === 'number' && Number.isFinite(time) && time >= 0) return Math.floor(time)
  throw new RangeError(`${String(time)} is no time in milliseconds since 1970`)
}
