import type { TopicSettings } from '../config/configuration.ts'
import type { CompressionName } from '../protocol/records/compression.ts'

/** A topic's settings as its partitions go by them: read on every append, so they are worked out once. */
export interface LogRules {
  readonly maxMessageBytes: number
  /** `message.timestamp.type=LogAppendTime`: the broker's clock replaces the producer's. */
  readonly stampsAppendTime: boolean
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  /** undefined: as the producer sent it. */
  readonly compression: CompressionName | undefined
  /** undefined: the codec's default. */
  readonly compressionLevel: number | undefined
  /** `cleanup.policy` holds `delete`. */
  readonly deletes: boolean
  /** `cleanup.policy` holds `compact`. */
  readonly compacts: boolean
  /** -1: for ever. */
  readonly retentionMs: number
  /** -1: without limit. */
  readonly retentionBytes: number
}

/** The rules that follow from a topic's settings. */
export function logRules(settings: TopicSettings): LogRules {
  const type = settings['compression.type']
  const compression = type === 'producer' ? undefined : type === 'uncompressed' ? 'none' : (type as CompressionName)
  const levels = {
    gzip: settings['compression.gzip.level'],
    lz4: settings['compression.lz4.level'],
    zstd: settings['compression.zstd.level'],
  } as Readonly<Record<string, number | undefined>>
  const policies = settings['cleanup.policy']
  return {
    maxMessageBytes: settings['max.message.bytes'],
    stampsAppendTime: settings['message.timestamp.type'] === 'LogAppendTime',
    timestampBeforeMaxMs: settings['message.timestamp.before.max.ms'],
    timestampAfterMaxMs: settings['message.timestamp.after.max.ms'],
    compression,
    compressionLevel: compression && levels[compression],
    deletes: policies.includes('delete'),
    compacts: policies.includes('compact'),
    retentionMs: settings['retention.ms'],
    retentionBytes: settings['retention.bytes'],
  }
}
