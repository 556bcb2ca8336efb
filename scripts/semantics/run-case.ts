import { json } from '../../src/streams/codecs/json.ts'
import type { Windowed } from '../../src/streams/codecs/windowed.ts'
import { TestDriver } from '../../src/streams/test-driver.ts'
import type { Topic, Topology } from '../../src/streams/types.ts'
import type { ExpectedRecord, SemanticsCase } from './case.ts'
import { type Difference, isRelaxedEqual, type Level, type Outcome, strictDifference } from './compare.ts'
import { functionsOf } from './functions.ts'
import { rebuild } from './rebuild.ts'
import { joinWindowOf } from './settings.ts'

export type Result =
  | { readonly kind: 'passed'; readonly level: Level; readonly description: 'same' | 'different' | 'none' }
  | { readonly kind: 'failed'; readonly reason: string; readonly difference?: Difference }
  | { readonly kind: 'skipped'; readonly reason: string }

export interface RunOptions {
  /** Throws all memory away after each step, and builds it from the changelogs. */
  readonly crash: boolean
  /** Keeps state in this file, which must not be there yet. */
  readonly stateFile?: string
}

/** Runs one case through the test driver. */
export async function runCase(semantics: SemanticsCase, options: RunOptions): Promise<Result> {
  const reason = notOurs(semantics)
  if (reason !== undefined) return { kind: 'skipped', reason }
  let outcome: Outcome
  let described: string
  try {
    ;({ outcome, described } = await played(semantics, options))
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  const difference = strictDifference(outcome, semantics.outputs_incomplete ?? false)
  const description =
    semantics.topology === undefined ? 'none' : described === semantics.topology ? 'same' : 'different'
  if (!difference) return { kind: 'passed', level: 'strict', description }
  if (/^stream-stream (left|outer) join$/.test(semantics.operator) && isRelaxedEqual(outcome, bounds(semantics))) {
    return { kind: 'passed', level: 'relaxed', description }
  }
  return { kind: 'failed', reason: 'another output', difference }
}

/** When records of a left or outer join can have no match any more, at the earliest. */
function bounds(semantics: SemanticsCase): Parameters<typeof isRelaxedEqual>[1] {
  const { before, after } = joinWindowOf(semantics).within
  let streamTime = -1
  const streamTimes = semantics.steps.map(step => {
    streamTime = Math.max(streamTime, step.in?.ts ?? -1)
    return streamTime
  })
  return { earliest: ts => ts + Math.min(before, after), streamTimes }
}

/** The description that is built for a case, for a look at what differs. */
export function describeCase(semantics: SemanticsCase): string {
  return rebuild(semantics).application.describe()
}

/** The README of the format: sliding windows of difference 0 make Kafka itself throw. */
export function notOurs({ windows = [] }: SemanticsCase): string | undefined {
  const broken = windows.some(({ type, time_difference_ms }) => type === 'sliding' && time_difference_ms === 0)
  return broken ? 'a sliding window of difference 0, with which Kafka Streams itself fails' : undefined
}

/**
 * All that a case gives through the test driver, one record after the other. `whole`: the case that this is a part of, where
 * it is: what is built follows from that one.
 */
export async function driverOutput(
  semantics: SemanticsCase,
  whole: SemanticsCase = semantics,
): Promise<readonly ExpectedRecord[]> {
  const { outcome } = await played(semantics, { crash: false }, { allUpdates: true, whole })
  return outcome.actual.flat()
}

async function played(
  semantics: SemanticsCase,
  { crash, stateFile }: RunOptions,
  { allUpdates = false, whole = semantics }: { readonly allUpdates?: boolean; readonly whole?: SemanticsCase } = {},
): Promise<{ outcome: Outcome; described: string }> {
  const { application, topic, outputs, taken } = rebuild(whole)
  const cached = !allUpdates && functionsOf(semantics).upstream.cache === true
  const described = application.describe()
  await using driver = await TestDriver.create(
    application as unknown as Topology,
    stateFile === undefined ? {} : { stateFile },
  )
  const actual: Outcome['actual'][number][] = []
  // Where the clock's time was subtracted from records that never had it, all times are moved back above 0.
  const shift = -Math.min(0, ...whole.steps.map(step => step.in?.ts ?? 0))
  for (const step of semantics.steps) {
    if (step.in) {
      const { topic: name, key, value, ts } = step.in
      driver.pipe(topic(name) as unknown as Topic<unknown, unknown>, { key, value, timestamp: ts + shift })
    }
    if (step.advance_wall_clock_ms !== undefined) driver.advance(step.advance_wall_clock_ms)
    const records = [...taken(), ...outputs.flatMap(name => written(driver, name))]
    const shifted = records.map(({ ts, ...record }) => ({ ...record, ...(ts !== undefined && { ts: ts - shift }) }))
    actual.push(cached ? lastOfEach(shifted) : shifted)
    if (crash) await driver.crashAndRestore()
  }
  return { outcome: { expected: semantics.steps.map(({ out }) => out), actual }, described }
}

/** What came out at a topic since the last look. */
function written(driver: TestDriver, name: string): ExpectedRecord[] {
  const topic: Topic<unknown, unknown> = { name, key: json(), value: json() }
  return driver
    .output(topic)
    .readAll()
    .map(({ key, value, timestamp: ts }) => {
      const window = (key as Partial<Windowed<unknown>> | null)?.window
      if (!window) return { to: name, key, value, ts }
      return { to: name, key: (key as Windowed<unknown>).key, window: [window.start, window.end], value, ts }
    })
}

/** Of several updates of one key in one step, Kafka's record cache passes on the last. */
function lastOfEach(records: readonly ExpectedRecord[]): ExpectedRecord[] {
  const place = ({ to, key, window }: ExpectedRecord): string => JSON.stringify([to, key, window])
  return records.filter((record, at) => !records.slice(at + 1).some(later => place(later) === place(record)))
}
