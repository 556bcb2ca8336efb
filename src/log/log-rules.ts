import type { TopicSettings } from '../config/topic-settings.ts'
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
  /** How long a compacted log keeps a tombstone from when it was first compacted. */
  readonly deleteRetentionMs: number
  /** Records younger than this are not compacted. */
  readonly compactionLagMinMs: number
  /** A record is compacted at this age at the latest. */
  readonly compactionLagMaxMs: number
  /** The share of a log that must never have been compacted before it is: 0 to 1. */
  readonly dirtyRatioMin: number
}

/** The rules that follow from a topic's settings. */
export function logRules(settings: TopicSettings): LogRules {
  return {
    maxMessageBytes: settings['max.message.bytes'],
    stampsAppendTime: settings['message.timestamp.type'] === 'LogAppendTime',
    timestampBeforeMaxMs: settings['message.timestamp.before.max.ms'],
    timestampAfterMaxMs: settings['message.timestamp.after.max.ms'],
    ...compressionOf(settings),
    deletes: settings['cleanup.policy'].includes('delete'),
    compacts: settings['cleanup.policy'].includes('compact'),
    retentionMs: settings['retention.ms'],
    retentionBytes: settings['retention.bytes'],
    deleteRetentionMs: settings['delete.retention.ms'],
    compactionLagMinMs: settings['min.compaction.lag.ms'],
    compactionLagMaxMs: settings['max.compaction.lag.ms'],
    dirtyRatioMin: settings['min.cleanable.dirty.ratio'],
  }
}

function compressionOf(settings: TopicSettings): Pick<LogRules, 'compression' | 'compressionLevel'> {
  const compression = settings['compression.type']
  switch (compression) {
    case 'producer':
      return { compression: undefined, compressionLevel: undefined }
    case 'uncompressed':
      return { compression: 'none', compressionLevel: undefined }
    case 'gzip':
      return { compression, compressionLevel: settings['compression.gzip.level'] }
    case 'zstd':
      return { compression, compressionLevel: settings['compression.zstd.level'] }
    case 'lz4':
    case 'snappy':
      return { compression, compressionLevel: undefined }
  }
}
