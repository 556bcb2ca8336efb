import type { BrokerSettingName } from './broker-settings.ts'
import { choice, durationMs, int, matching, type Setting, type ValuesOf } from './kinds.ts'

const consumerGroups = 'consumer groups of KIP-848'
const shareGroups = 'share groups (KIP-932)'
const streamsGroups = 'streams groups (KIP-1071)'

/** `PnDTnHnMn.nS` of ISO 8601, as Java reads it, but for signs: a duration into the future has no meaning here. */
const resetPattern =
  /^(?:latest|earliest|by_duration:P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d{0,9})?S)?)?)$/i

/**
 * Every setting that a group may have. Names, types, defaults and ranges are those of Apache Kafka 4.2. All of them are for
 * kinds of groups that are not served: they are kept and shown for tools that set them beforehand.
 */
export const groupSettings = {
  'consumer.heartbeat.interval.ms': ownTime('group.consumer.heartbeat.interval.ms', 5000, {
    of: consumerGroups,
    doc: 'How often members send heartbeats.',
  }),
  'consumer.session.timeout.ms': ownTime('group.consumer.session.timeout.ms', 45_000, {
    of: consumerGroups,
    doc: 'A member that is silent for this long is removed.',
  }),
  'share.auto.offset.reset': matching(resetPattern, 'latest, earliest or `by_duration:` with a duration of ISO 8601', {
    default: 'latest',
    ...notServed(shareGroups, 'Where a partition begins that the group has not read.'),
  }),
  'share.heartbeat.interval.ms': ownTime('group.share.heartbeat.interval.ms', 5000, {
    of: shareGroups,
    doc: 'How often members send heartbeats.',
  }),
  'share.isolation.level': choice(['read_committed', 'read_uncommitted'], {
    default: 'read_uncommitted',
    ...notServed(shareGroups, 'Whether members get records of transactions before they are committed.'),
  }),
  'share.record.lock.duration.ms': ownTime('group.share.record.lock.duration.ms', 30_000, {
    of: shareGroups,
    min: 1000,
    doc: 'How long a member has a record for itself.',
  }),
  'share.session.timeout.ms': ownTime('group.share.session.timeout.ms', 45_000, {
    of: shareGroups,
    doc: 'A member that is silent for this long is removed.',
  }),
  'streams.heartbeat.interval.ms': ownTime('group.streams.heartbeat.interval.ms', 5000, {
    of: streamsGroups,
    doc: 'How often members send heartbeats.',
  }),
  'streams.initial.rebalance.delay.ms': ownTime('group.streams.initial.rebalance.delay.ms', 3000, {
    of: streamsGroups,
    min: 0,
    doc: 'How long a new group waits for more members.',
  }),
  'streams.num.standby.replicas': int({
    default: 0,
    min: 0,
    brokerName: 'group.streams.num.standby.replicas',
    ...notServed(streamsGroups, 'Copies of the state of each task.'),
  }),
  'streams.session.timeout.ms': ownTime('group.streams.session.timeout.ms', 45_000, {
    of: streamsGroups,
    doc: 'A member that is silent for this long is removed.',
  }),
} as const satisfies Record<string, Setting<unknown>>

export type GroupSettingName = keyof typeof groupSettings
export type GroupOwnSettings = ValuesOf<typeof groupSettings>

interface Bounds {
  readonly least?: BrokerSettingName
  readonly most?: BrokerSettingName
}

/** Settings of the broker that a group's setting has to stay between. */
export const groupBounds: { readonly [Name in GroupSettingName]?: Bounds } = {
  'consumer.heartbeat.interval.ms': {
    least: 'group.consumer.min.heartbeat.interval.ms',
    most: 'group.consumer.max.heartbeat.interval.ms',
  },
  'consumer.session.timeout.ms': {
    least: 'group.consumer.min.session.timeout.ms',
    most: 'group.consumer.max.session.timeout.ms',
  },
  'share.heartbeat.interval.ms': {
    least: 'group.share.min.heartbeat.interval.ms',
    most: 'group.share.max.heartbeat.interval.ms',
  },
  'share.record.lock.duration.ms': {
    least: 'group.share.min.record.lock.duration.ms',
    most: 'group.share.max.record.lock.duration.ms',
  },
  'share.session.timeout.ms': {
    least: 'group.share.min.session.timeout.ms',
    most: 'group.share.max.session.timeout.ms',
  },
  'streams.heartbeat.interval.ms': {
    least: 'group.streams.min.heartbeat.interval.ms',
    most: 'group.streams.max.heartbeat.interval.ms',
  },
  'streams.num.standby.replicas': { most: 'group.streams.max.standby.replicas' },
  'streams.session.timeout.ms': {
    least: 'group.streams.min.session.timeout.ms',
    most: 'group.streams.max.session.timeout.ms',
  },
}

/** What is wrong with these settings of a group together, in Kafka's words; undefined for nothing. */
export function groupFault(
  group: GroupOwnSettings,
  broker: { readonly [Name in BrokerSettingName]: unknown },
): string | undefined {
  for (const [name, { least, most }] of Object.entries(groupBounds)) {
    const value = Number(group[name as GroupSettingName])
    if (least && value < Number(broker[least])) return `${name} must be greater than or equal to ${least}`
    if (most && value > Number(broker[most])) return `${name} must be less than or equal to ${most}`
  }
  for (const type of ['consumer', 'share', 'streams'] as const) {
    const [session, heartbeat] = [`${type}.session.timeout.ms`, `${type}.heartbeat.interval.ms`] as const
    if (group[session] <= group[heartbeat]) return `${session} must be greater than ${heartbeat}`
  }
  return undefined
}

function ownTime(
  brokerName: BrokerSettingName,
  standard: number,
  about: { readonly of: string; readonly doc: string; readonly min?: number },
): Setting<number> {
  const { of, doc, min = 1 } = about
  return durationMs({ default: standard, min, width: 'int', brokerName, ...notServed(of, doc) })
}

function notServed(groups: string, doc: string) {
  return { compatibility: `${groups} are not served`, doc: `No effect: ${groups} are not served. ${doc}` }
}
