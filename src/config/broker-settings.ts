import { groupTypeSettings } from './group-type-settings.ts'
import { ineffectiveSettings } from './ineffective-settings.ts'
import {
  type About,
  addressLimits,
  bool,
  bytes,
  choice,
  durationMs,
  int,
  intMax,
  type Setting,
  text,
  unlimited,
  type ValuesOf,
} from './kinds.ts'
import { files, type TopicSettingName, throttling, topicSettings } from './topic-settings.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const mebibyte = 2 ** 20

/** What holds for topics that do not say otherwise. */
const topicDefaults = {
  'compression.type': forTopics('compression.type', 'high'),
  'compression.gzip.level': forTopics('compression.gzip.level'),
  'compression.lz4.level': forTopics('compression.lz4.level'),
  'compression.zstd.level': forTopics('compression.zstd.level'),
  'log.cleaner.delete.retention.ms': forTopics('delete.retention.ms'),
  'log.cleaner.max.compaction.lag.ms': forTopics('max.compaction.lag.ms'),
  'log.cleaner.min.cleanable.ratio': forTopics('min.cleanable.dirty.ratio'),
  'log.cleaner.min.compaction.lag.ms': forTopics('min.compaction.lag.ms'),
  'log.cleanup.policy': forTopics('cleanup.policy'),
  'log.flush.interval.messages': forTopics('flush.messages', 'high'),
  // In Kafka, too, the text of the default is that of the scheduler.
  'log.flush.interval.ms': {
    ...forTopics('flush.ms', 'high'),
    coarser: [{ name: 'log.flush.scheduler.interval.ms', factor: 1 }],
  },
  'log.flush.scheduler.interval.ms': durationMs({
    default: unlimited,
    importance: 'high',
    compatibility: topicSettings['flush.ms'].compatibility,
    doc: '`log.flush.interval.ms` where that is not set.',
  }),
  'log.index.interval.bytes': forTopics('index.interval.bytes'),
  'log.index.size.max.bytes': forTopics('segment.index.bytes'),
  'log.local.retention.bytes': forTopics('local.retention.bytes'),
  'log.local.retention.ms': forTopics('local.retention.ms'),
  'log.message.timestamp.after.max.ms': forTopics('message.timestamp.after.max.ms'),
  'log.message.timestamp.before.max.ms': forTopics('message.timestamp.before.max.ms'),
  'log.message.timestamp.type': forTopics('message.timestamp.type'),
  'log.preallocate': forTopics('preallocate'),
  'log.retention.bytes': forTopics('retention.bytes', 'high'),
  'log.retention.ms': {
    ...forTopics('retention.ms', 'high'),
    coarser: [
      { name: 'log.retention.minutes', factor: minute },
      { name: 'log.retention.hours', factor: hour },
    ],
  },
  'log.retention.minutes': inLargerUnits('log.retention.ms', { unit: 'minutes', default: null }),
  'log.retention.hours': inLargerUnits('log.retention.ms', { unit: 'hours', default: 168 }),
  'log.roll.jitter.ms': {
    ...forTopics('segment.jitter.ms', 'high'),
    coarser: [{ name: 'log.roll.jitter.hours', factor: hour }],
  },
  'log.roll.jitter.hours': inLargerUnits('log.roll.jitter.ms', {
    unit: 'hours',
    default: 0,
    min: 0,
    compatibility: files,
  }),
  'log.roll.ms': { ...forTopics('segment.ms', 'high'), coarser: [{ name: 'log.roll.hours', factor: hour }] },
  'log.roll.hours': inLargerUnits('log.roll.ms', { unit: 'hours', default: 168, min: 1, compatibility: files }),
  'log.segment.bytes': forTopics('segment.bytes', 'high'),
  'log.segment.delete.delay.ms': forTopics('file.delete.delay.ms', 'high'),
  'message.max.bytes': forTopics('max.message.bytes', 'high'),
  'min.insync.replicas': forTopics('min.insync.replicas', 'high'),
  'unclean.leader.election.enable': forTopics('unclean.leader.election.enable', 'high'),
} as const

/** The node itself and its topics. */
const nodeSettings = {
  'node.id': int({ default: 1, min: 0, importance: 'high', doc: 'The number of this node in the protocol.' }),
  'broker.rack': text({ default: null, doc: 'The rack or zone that clients see for this node.' }),
  'auto.create.topics.enable': bool({
    default: true,
    importance: 'high',
    doc: 'Create a topic when a client asks for its metadata and allows it.',
  }),
  'default.replication.factor': int({
    default: 1,
    min: 1,
    max: 1,
    compatibility: 'tools read it before they create a topic',
    doc: 'Copies of a new topic. This node keeps one.',
  }),
  'delete.topic.enable': bool({ default: true, importance: 'high', doc: 'Let clients delete topics.' }),
  'log.cleaner.backoff.ms': durationMs({
    default: 15_000,
    min: 0,
    dynamic: true,
    doc: 'How often compacted topics are looked at.',
  }),
  'log.cleaner.dedupe.buffer.size': bytes({
    default: 128 * mebibyte,
    min: mebibyte,
    dynamic: true,
    doc: 'Memory for the keys of a partition while it is compacted, 24 bytes each. With more keys it takes several runs.',
  }),
  'log.cleaner.enable': bool({ default: true, doc: 'Compact topics with `cleanup.policy=compact`.' }),
  'log.retention.check.interval.ms': durationMs({
    default: 5 * minute,
    min: 1,
    doc: 'How often old records are looked for.',
  }),
  'num.partitions': int({ default: 1, min: 1, doc: 'Partitions of a topic that is created without a number.' }),
  'producer.id.expiration.ms': durationMs({
    default: day,
    min: 1,
    width: 'int',
    importance: 'low',
    dynamic: true,
    doc: 'An idempotent producer that has not written to a partition for this long is forgotten there.',
  }),
} as const

/** Connections, requests, memory. */
const serverSettings = {
  'connections.max.idle.ms': durationMs({
    default: 10 * minute,
    min: 1,
    doc: 'Connections that are silent for this long are closed.',
  }),
  'fetch.max.bytes': bytes({
    default: 55 * mebibyte,
    min: 1024,
    width: 'int',
    doc: 'The most that one fetch is answered with, whatever the client asks for.',
  }),
  'max.connections': int({
    default: intMax,
    min: 0,
    dynamic: true,
    doc: 'The most connections of a listener. Further ones are closed at once.',
  }),
  'max.connections.per.ip': int({
    default: intMax,
    min: 0,
    dynamic: true,
    doc: 'The most connections from one address. Further ones are closed at once.',
  }),
  'max.connections.per.ip.overrides': addressLimits({
    default: new Map(),
    dynamic: true,
    doc: 'Other limits for single addresses: `10.0.0.7:100,10.0.0.8:5`.',
  }),
  'max.incremental.fetch.session.cache.slots': int({
    default: 1000,
    min: 0,
    doc: 'Fetch sessions that are remembered. Clients beyond that send all of their partitions each time.',
  }),
  'queued.max.request.bytes': bytes({
    default: -1,
    min: -1,
    doc: 'Memory for requests that are being received or wait for their turn; with -1, 32 MiB. A larger request is received when it is the only one.',
  }),
  'socket.request.max.bytes': bytes({
    default: 100 * mebibyte,
    min: 1,
    width: 'int',
    importance: 'high',
    doc: 'The largest request. A connection that announces a larger one is closed.',
  }),
  'telemetry.max.bytes': bytes({
    default: mebibyte,
    min: 1,
    width: 'int',
    importance: 'low',
    doc: 'The most metrics that a client may send at once.',
  }),
  'streamctl.cache.bytes': bytes({
    default: 48 * mebibyte,
    min: 0,
    doc: 'Memory for the newest batches of all partitions, from which readers at the end are served.',
  }),
  'streamctl.durability': choice(['fsync', 'os'], {
    default: 'fsync',
    importance: 'high',
    doc: 'What an acknowledgement means: `fsync`, the record is on disk; `os`, the operating system has it (as Apache Kafka does).',
  }),
  'streamctl.responses.max.bytes': bytes({
    default: 32 * mebibyte,
    min: mebibyte,
    dynamic: true,
    doc: 'Records that are being read for clients, or that clients have not taken yet. The less of it is left, the less one fetch is given.',
  }),
  'streamctl.unwritten.max.bytes': bytes({
    default: 32 * mebibyte,
    min: 1,
    doc: 'Batches that wait for the disk. When there are more, requests wait in their sockets.',
  }),
} as const

/** Groups and their offsets. */
const groupSettings = {
  'group.initial.rebalance.delay.ms': durationMs({
    // Kafka's code says 3000, the configuration file that it ships says 0. The wait spares a large deployment that starts
    // at once some rebalances, where each may move a lot of state. Here the members are few and near: a rebalance of 200
    // takes a fifth of a second, while everybody who starts one consumer (a developer, a test, a cron job) would sit
    // through three seconds. What it costs: members that start together may see a generation without the others first.
    default: 0,
    min: 0,
    width: 'int',
    doc: 'How long an empty group waits for more members before its first rebalance. 3000 is the default in the code of Apache Kafka, 0 in the configuration file that it brings along.',
  }),
  'group.max.session.timeout.ms': durationMs({
    default: 30 * minute,
    min: 1,
    width: 'int',
    doc: 'The longest session timeout that a member may ask for.',
  }),
  'group.max.size': int({ default: intMax, min: 1, doc: 'The most members of a group.' }),
  'group.min.session.timeout.ms': durationMs({
    default: 6000,
    min: 1,
    width: 'int',
    doc: 'The shortest session timeout that a member may ask for.',
  }),
  'offset.metadata.max.bytes': bytes({
    default: 4096,
    min: 0,
    width: 'int',
    importance: 'high',
    doc: 'The longest text that may be committed with an offset.',
  }),
  'offsets.retention.check.interval.ms': durationMs({
    default: 10 * minute,
    min: 1,
    importance: 'high',
    doc: 'How often expired offsets are looked for.',
  }),
  'offsets.retention.minutes': int({
    default: 10_080,
    min: 1,
    importance: 'high',
    doc: 'Offsets of a group without members, or of a topic that its members left, are forgotten after this long.',
  }),
} as const

/** Transactions. */
const transactionSettings = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': durationMs({
    default: 10_000,
    min: 1,
    width: 'int',
    importance: 'low',
    doc: 'How often transactions that are open for too long are looked for and aborted.',
  }),
  'transaction.max.timeout.ms': durationMs({
    default: 15 * minute,
    min: 1,
    width: 'int',
    importance: 'high',
    doc: 'The longest transaction timeout that a producer may ask for.',
  }),
  'transaction.partition.verification.enable': bool({
    default: true,
    importance: 'low',
    dynamic: true,
    doc: 'Refuse transactional batches for partitions that the producer has not added to its transaction.',
  }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': durationMs({
    default: hour,
    min: 1,
    width: 'int',
    importance: 'low',
    doc: 'How often expired transactional ids are looked for.',
  }),
  'transactional.id.expiration.ms': durationMs({
    default: 7 * day,
    min: 1,
    width: 'int',
    importance: 'high',
    doc: 'A transactional id that has not been used for this long is forgotten.',
  }),
} as const

/** Quotas: over which time they are measured. */
const quotaSettings = {
  'controller.quota.window.num': samples('changes of partitions'),
  'controller.quota.window.size.seconds': sampleSeconds('changes of partitions'),
  'quota.window.num': samples('bytes, time and connections'),
  'quota.window.size.seconds': sampleSeconds('bytes, time and connections'),
} as const

/** Of no use on one node. */
const replicationSettings = {
  'follower.replication.throttled.rate': throttledRate(),
  'leader.replication.throttled.rate': throttledRate(),
  'replica.alter.log.dirs.io.max.bytes.per.second': throttledRate(),
} as const

/** Every setting of the node. Names, types, defaults and ranges are those of Apache Kafka 4.2, except `streamctl.*`. */
export const brokerSettings = {
  ...nodeSettings,
  ...serverSettings,
  ...groupSettings,
  ...groupTypeSettings,
  ...transactionSettings,
  ...quotaSettings,
  ...replicationSettings,
  ...ineffectiveSettings,
  ...topicDefaults,
} as const satisfies Record<string, Setting<unknown>>

export type BrokerSettingName = keyof typeof brokerSettings

/** The node's settings, typed, under Kafka's names: `broker['num.partitions']`. */
export type BrokerSettings = ValuesOf<typeof brokerSettings>

/**
 * What is wrong with the limits of connections together; undefined for nothing. As Kafka's: a node that lets nobody in could
 * not be told to let them in again.
 */
export function connectionsFault(broker: BrokerSettings): string | undefined {
  if (broker['max.connections'] === 0) return 'max.connections cannot be 0: nobody could connect any more'
  if (broker['max.connections.per.ip'] > 0 || broker['max.connections.per.ip.overrides'].size > 0) return undefined
  return 'max.connections.per.ip can be 0 only where max.connections.per.ip.overrides names who may connect'
}

/** What holds for topics that do not set theirs. */
function forTopics<Name extends TopicSettingName>(
  name: Name,
  importance: 'high' | 'medium' = 'medium',
): Pick<(typeof topicSettings)[Name], 'kind' | 'default'> & About {
  const { kind, default: standard, compatibility } = topicSettings[name] as Setting<unknown>
  const about: About = { importance, dynamic: true, compatibility, doc: `For topics that do not set \`${name}\`.` }
  return { ...about, kind, default: standard } as Pick<(typeof topicSettings)[Name], 'kind' | 'default'> & About
}

function throttledRate(): Setting<number> {
  const about = { dynamic: true, compatibility: throttling, doc: 'No effect: nothing is replicated.' } as const
  return bytes({ default: unlimited, min: 0, ...about })
}

function samples(what: string): Setting<number> {
  const doc = `Samples that quotas for ${what} are measured over, the one that is being filled among them.`
  return int({ default: 11, min: 1, importance: 'low', doc })
}

function sampleSeconds(what: string): Setting<number> {
  return int({ default: 1, min: 1, importance: 'low', doc: `The length of a sample of quotas for ${what}.` })
}

/** Where the one in milliseconds is not set, it follows from this one. */
function inLargerUnits(
  name: string,
  options: {
    readonly unit: string
    readonly default: number | null
    readonly min?: number
    readonly compatibility?: string
  },
): Setting<number | null> {
  const { unit, default: standard, min, compatibility } = options
  const { kind } = int({ default: 0, min, doc: '' })
  const format = (value: number | null): string | null => (value === null ? null : String(value))
  const doc = `\`${name}\` in ${unit}, where that is not set.`
  return { kind: { ...kind, format }, default: standard, importance: 'high', compatibility, doc }
}
