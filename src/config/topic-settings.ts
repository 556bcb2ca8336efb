import {
  bool,
  bytes,
  choice,
  choices,
  durationMs,
  fraction,
  int,
  long,
  partitionReplicas,
  type Setting,
  unlimited,
  type ValuesOf,
} from './kinds.ts'

const day = 24 * 60 * 60 * 1000
/** Why settings of files are accepted. */
export const files =
  'describes the files that Apache Kafka keeps; tools and Kafka Streams set it when they create topics'

/** Why settings of tiered storage are accepted. */
const tiers = 'tools that copy topics copy it'

/** Why settings of replication are accepted. */
export const throttling = '`kafka-reassign-partitions` sets and removes it'

/** Every setting that a topic may have. Names, types, defaults and ranges are those of Apache Kafka 4.2. */
export const topicSettings = {
  'cleanup.policy': choices(['compact', 'delete'], {
    default: ['delete'],
    brokerName: 'log.cleanup.policy',
    doc: 'What becomes of old records: `delete` removes them by age and size, `compact` keeps the last one of each key.',
  }),
  'compression.type': choice(['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'], {
    default: 'producer',
    brokerName: 'compression.type',
    doc: 'How batches are stored. `producer` keeps them as they came; anything else packs them anew, which costs time.',
  }),
  'compression.gzip.level': int({
    default: -1,
    min: -1,
    max: 9,
    except: 0,
    brokerName: 'compression.gzip.level',
    doc: 'The level for `compression.type=gzip`, 1 to 9; -1 is the default of the library.',
  }),
  'compression.lz4.level': int({
    default: 9,
    min: 1,
    max: 17,
    brokerName: 'compression.lz4.level',
    compatibility: 'our LZ4 has one level',
    doc: 'The level for `compression.type=lz4`. Our LZ4 has only one.',
  }),
  'compression.zstd.level': int({
    default: 3,
    min: -131072,
    max: 22,
    brokerName: 'compression.zstd.level',
    doc: 'The level for `compression.type=zstd`: higher is smaller and slower.',
  }),
  'delete.retention.ms': durationMs({
    default: day,
    min: 0,
    brokerName: 'log.cleaner.delete.retention.ms',
    doc: 'How long a compacted topic keeps the mark of a deleted key, so that readers see that it is gone. Counted from the run that removed what the key had.',
  }),
  'file.delete.delay.ms': durationMs({
    default: 60_000,
    min: 0,
    brokerName: 'log.segment.delete.delay.ms',
    compatibility: files,
    doc: 'No effect: space of deleted records is used again at once.',
  }),
  'flush.messages': long({
    default: unlimited,
    min: 1,
    brokerName: 'log.flush.interval.messages',
    compatibility: 'every acknowledgement waits for the disk anyway (`streamctl.durability`)',
    doc: 'No effect: see `streamctl.durability`.',
  }),
  'flush.ms': durationMs({
    default: unlimited,
    min: 0,
    brokerName: 'log.flush.interval.ms',
    compatibility: 'every acknowledgement waits for the disk anyway (`streamctl.durability`)',
    doc: 'No effect: see `streamctl.durability`.',
  }),
  'follower.replication.throttled.replicas': partitionReplicas({
    default: '',
    compatibility: throttling,
    doc: 'No effect: nothing is replicated.',
  }),
  'index.interval.bytes': bytes({
    default: 4096,
    min: 0,
    width: 'int',
    brokerName: 'log.index.interval.bytes',
    compatibility: files,
    doc: 'No effect: the database has its own index.',
  }),
  'leader.replication.throttled.replicas': partitionReplicas({
    default: '',
    compatibility: throttling,
    doc: 'No effect: nothing is replicated.',
  }),
  'local.retention.bytes': bytes({
    default: -2,
    min: -2,
    brokerName: 'log.local.retention.bytes',
    compatibility: tiers,
    doc: 'No effect: all records are local (see `retention.bytes`).',
  }),
  'local.retention.ms': durationMs({
    default: -2,
    min: -2,
    brokerName: 'log.local.retention.ms',
    compatibility: tiers,
    doc: 'No effect: all records are local (see `retention.ms`).',
  }),
  'max.compaction.lag.ms': durationMs({
    default: unlimited,
    min: 1,
    brokerName: 'log.cleaner.max.compaction.lag.ms',
    doc: 'A record is compacted at this age at the latest, however little there is to compact.',
  }),
  'max.message.bytes': bytes({
    default: 1_048_588,
    min: 0,
    width: 'int',
    brokerName: 'message.max.bytes',
    doc: 'The largest batch that is accepted, as it comes (compressed, if the producer compresses).',
  }),
  'message.timestamp.after.max.ms': durationMs({
    default: 3_600_000,
    min: 0,
    brokerName: 'log.message.timestamp.after.max.ms',
    doc: "How far a record's time may be ahead of the broker's clock. Not for LogAppendTime.",
  }),
  'message.timestamp.before.max.ms': durationMs({
    default: unlimited,
    min: 0,
    brokerName: 'log.message.timestamp.before.max.ms',
    doc: "How far a record's time may be behind the broker's clock. Not for LogAppendTime.",
  }),
  'message.timestamp.type': choice(['CreateTime', 'LogAppendTime'], {
    default: 'CreateTime',
    brokerName: 'log.message.timestamp.type',
    doc: "Whose time a record has: the producer's (`CreateTime`) or the broker's at arrival (`LogAppendTime`).",
  }),
  'min.cleanable.dirty.ratio': fraction({
    default: 0.5,
    min: 0,
    max: 1,
    brokerName: 'log.cleaner.min.cleanable.ratio',
    doc: 'How much of a compacted partition must be new, as a share of its bytes, before it is compacted again.',
  }),
  'min.compaction.lag.ms': durationMs({
    default: 0,
    min: 0,
    brokerName: 'log.cleaner.min.compaction.lag.ms',
    doc: 'A record stays uncompacted for at least this long. With 0 readers that are behind may miss values: there is no active segment that is spared.',
  }),
  'min.insync.replicas': int({
    default: 1,
    min: 1,
    brokerName: 'min.insync.replicas',
    compatibility: 'tools set it when they create topics',
    doc: 'No effect: this node keeps one copy, and `acks=all` waits until that is safe.',
  }),
  preallocate: bool({
    default: false,
    brokerName: 'log.preallocate',
    compatibility: files,
    doc: 'No effect: the database manages its file.',
  }),
  'remote.log.copy.disable': bool({
    default: false,
    compatibility: tiers,
    doc: 'No effect: records are copied nowhere.',
  }),
  'remote.log.delete.on.disable': bool({
    default: false,
    compatibility: tiers,
    doc: 'No effect: records are copied nowhere.',
  }),
  'remote.storage.enable': bool({
    default: false,
    only: false,
    compatibility: tiers,
    doc: 'Only `false`: there is no tiered storage, as in a Kafka broker where it is switched off.',
  }),
  'retention.bytes': bytes({
    default: -1,
    brokerName: 'log.retention.bytes',
    doc: 'A partition larger than this loses its oldest records. -1, or any number below 0: no limit.',
  }),
  'retention.ms': durationMs({
    default: 7 * day,
    min: -1,
    brokerName: 'log.retention.ms',
    doc: 'Records older than this are deleted. -1 keeps them for ever.',
  }),
  'segment.bytes': bytes({
    default: 2 ** 30,
    min: 2 ** 20,
    width: 'int',
    brokerName: 'log.segment.bytes',
    compatibility: files,
    doc: 'No effect: there are no segment files.',
  }),
  'segment.index.bytes': bytes({
    default: 10 * 2 ** 20,
    min: 4,
    width: 'int',
    brokerName: 'log.index.size.max.bytes',
    compatibility: files,
    doc: 'No effect: the database has its own index.',
  }),
  'segment.jitter.ms': durationMs({
    default: 0,
    min: 0,
    brokerName: 'log.roll.jitter.ms',
    compatibility: files,
    doc: 'No effect: there are no segment files.',
  }),
  'segment.ms': durationMs({
    default: 7 * day,
    min: 1,
    brokerName: 'log.roll.ms',
    compatibility: files,
    doc: 'No effect: there are no segment files.',
  }),
  'unclean.leader.election.enable': bool({
    default: false,
    brokerName: 'unclean.leader.election.enable',
    compatibility: 'tools set it when they create topics',
    doc: 'No effect: this node is the only one that can lead.',
  }),
} as const satisfies Record<string, Setting<unknown>>

export type TopicSettingName = keyof typeof topicSettings

/** A topic's settings, typed, under Kafka's names: `settings['retention.ms']`. */
export type TopicSettings = ValuesOf<typeof topicSettings>
