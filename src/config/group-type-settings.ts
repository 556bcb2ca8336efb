import { durationMs, int, type Setting } from './kinds.ts'

/** Why they are accepted. */
const compatibility = 'bounds and defaults for groups of kinds that are not served; tools show and set them'

/**
 * The broker's settings for kinds of groups that are not served: defaults and bounds of what a group may be given
 * (`group-settings.ts`). Apart from that nothing reads them.
 */
export const groupTypeSettings = {
  'group.consumer.heartbeat.interval.ms': standard('consumer.heartbeat.interval.ms', 5000),
  'group.consumer.max.heartbeat.interval.ms': most('consumer.heartbeat.interval.ms', 15_000),
  'group.consumer.max.session.timeout.ms': most('consumer.session.timeout.ms', 60_000),
  'group.consumer.min.heartbeat.interval.ms': least('consumer.heartbeat.interval.ms', 5000),
  'group.consumer.min.session.timeout.ms': least('consumer.session.timeout.ms', 45_000),
  'group.consumer.session.timeout.ms': standard('consumer.session.timeout.ms', 45_000),
  'group.share.heartbeat.interval.ms': standard('share.heartbeat.interval.ms', 5000),
  'group.share.max.heartbeat.interval.ms': most('share.heartbeat.interval.ms', 15_000),
  'group.share.max.record.lock.duration.ms': most('share.record.lock.duration.ms', 60_000, {
    min: 30_000,
    max: 3_600_000,
  }),
  'group.share.max.session.timeout.ms': most('share.session.timeout.ms', 60_000),
  'group.share.min.heartbeat.interval.ms': least('share.heartbeat.interval.ms', 5000),
  'group.share.min.record.lock.duration.ms': least('share.record.lock.duration.ms', 15_000, { min: 1000, max: 30_000 }),
  'group.share.min.session.timeout.ms': least('share.session.timeout.ms', 45_000),
  'group.share.record.lock.duration.ms': standard('share.record.lock.duration.ms', 30_000, {
    min: 1000,
    max: 3_600_000,
  }),
  'group.share.session.timeout.ms': standard('share.session.timeout.ms', 45_000),
  'group.streams.heartbeat.interval.ms': standard('streams.heartbeat.interval.ms', 5000),
  'group.streams.initial.rebalance.delay.ms': standard('streams.initial.rebalance.delay.ms', 3000, { min: 0 }),
  'group.streams.max.heartbeat.interval.ms': most('streams.heartbeat.interval.ms', 15_000),
  'group.streams.max.session.timeout.ms': most('streams.session.timeout.ms', 60_000),
  'group.streams.max.standby.replicas': int({
    default: 2,
    min: 0,
    compatibility,
    doc: 'The most that `streams.num.standby.replicas` of a group may be.',
  }),
  'group.streams.min.heartbeat.interval.ms': least('streams.heartbeat.interval.ms', 5000),
  'group.streams.min.session.timeout.ms': least('streams.session.timeout.ms', 45_000),
  'group.streams.num.standby.replicas': int({
    default: 0,
    min: 0,
    compatibility,
    doc: 'For groups that do not set `streams.num.standby.replicas`.',
  }),
  'group.streams.session.timeout.ms': standard('streams.session.timeout.ms', 45_000),
} as const satisfies Record<string, Setting<unknown>>

interface Range {
  readonly min?: number
  readonly max?: number
}

function standard(name: string, value: number, range: Range = {}): Setting<number> {
  return time(value, `For groups that do not set \`${name}\`.`, range)
}

function least(name: string, value: number, range: Range = {}): Setting<number> {
  return time(value, `The least that \`${name}\` of a group may be.`, range)
}

function most(name: string, value: number, range: Range = {}): Setting<number> {
  return time(value, `The most that \`${name}\` of a group may be.`, range)
}

function time(value: number, doc: string, range: Range): Setting<number> {
  return durationMs({ default: value, min: 1, ...range, width: 'int', compatibility, doc })
}
