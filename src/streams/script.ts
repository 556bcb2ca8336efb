import { OperatorError } from '../base/errors.ts'
import { checkWindows, type SessionWindows, type SlidingWindows, type TimeWindows } from './operators/windows.ts'
import { application } from './topology/application.ts'
import { type Duration, durationMs } from './topology/duration.ts'
import { type TopicHandle, topicHandle } from './topology/topic.ts'
import type { Builder, StreamsOptions, Topic, TopicOptions, Topology } from './types.ts'

// The module `streamctl`: what a script imports. Types of the script end here: behind it operators carry values that they
// know nothing of.

export { bytes } from './codecs/bytes.ts'
export type { Codec } from './codecs/codec.ts'
export { json, type StandardSchema } from './codecs/json.ts'
export { bigint64, float64, int64 } from './codecs/numbers.ts'
export { string } from './codecs/string.ts'
export type { Window, Windowed } from './codecs/windowed.ts'
export type { SessionWindows, SlidingWindows, TimeWindows } from './operators/windows.ts'
export type { Duration } from './topology/duration.ts'
export type {
  CogroupedStream,
  Emit,
  GlobalTable,
  GroupedStream,
  GroupedTable,
  Materialized,
  SessionStream,
  WindowedStream,
} from './types/grouped.ts'
export type { Pattern, PatternStart } from './types/pattern.ts'
export type { Context, KeyValueStore, Processor } from './types/processor.ts'
export type { Stream } from './types/stream.ts'
export type { Table } from './types/table.ts'
export type { Builder, Meta, StreamsOptions, Topic, TopicOptions, Topology } from './types.ts'

/** A topic and how its records are written. */
export function topic<K, V>(name: string, options: TopicOptions<K, V>): Topic<K, V> {
  return topicHandle(name, options as unknown as Omit<TopicHandle, 'name'>) as unknown as Topic<K, V>
}

/** Builds the topology of a script. The name is that of its consumer group; its internal topics begin with it. */
export function streams(name: string, build: (builder: Builder) => void, options: StreamsOptions = {}): Topology {
  return application(name, builder => build(builder as unknown as Builder), options)
}

/** Windows that follow each other: start included, end not. */
export function tumbling(options: { readonly size: Duration; readonly grace: Duration }): TimeWindows {
  const sizeMs = durationMs(options.size, 'size')
  return checked({ kind: 'time', sizeMs, advanceMs: sizeMs, graceMs: durationMs(options.grace, 'grace') })
}

/** Windows that begin every `advance` and so overlap. */
export function hopping(options: {
  readonly size: Duration
  readonly advance: Duration
  readonly grace: Duration
}): TimeWindows {
  return checked({
    kind: 'time',
    sizeMs: durationMs(options.size, 'size'),
    advanceMs: durationMs(options.advance, 'advance'),
    graceMs: durationMs(options.grace, 'grace'),
  })
}

/** For each record the time before and after it in which others lie: both ends included. */
export function sliding(options: { readonly difference: Duration; readonly grace: Duration }): SlidingWindows {
  const differenceMs = durationMs(options.difference, 'difference')
  return checked({ kind: 'sliding', differenceMs, graceMs: durationMs(options.grace, 'grace') })
}

/** Stretches of records of one key that are at most `gap` apart. */
export function session(options: { readonly gap: Duration; readonly grace: Duration }): SessionWindows {
  const gapMs = durationMs(options.gap, 'gap')
  return checked({ kind: 'session', gapMs, graceMs: durationMs(options.grace, 'grace') })
}

function checked<W extends TimeWindows | SlidingWindows | SessionWindows>(windows: W): W {
  checkWindows(windows)
  return windows
}

/** Throws unless this is what `streams()` made: a script's default export. */
export function assertTopology(value: unknown, script: string): asserts value is Topology {
  if (typeof value === 'object' && value !== null && 'plan' in value && 'describe' in value) return
  throw new OperatorError(`${script} does not export a topology`, {
    hint: "end it with: export default streams('name', builder => { … })",
  })
}
