import { TestDriver } from '../../src/streams/test-driver.ts'
import type { Topic, Topology } from '../../src/streams/types.ts'
import type { SemanticsCase } from './case.ts'
import { type Difference, isRelaxedEqual, type Level, type Outcome, strictDifference } from './compare.ts'
import { rebuild } from './rebuild.ts'

export type Result =
  | { readonly kind: 'passed'; readonly level: Level; readonly description: 'same' | 'different' | 'none' }
  | { readonly kind: 'failed'; readonly reason: string; readonly difference?: Difference }
  | { readonly kind: 'skipped'; readonly reason: string }

export interface RunOptions {
  /** Throws all memory away after each step, and builds it from the changelogs. */
  readonly crash: boolean
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
  const description = semantics.topology === undefined ? 'none' : described === semantics.topology ? 'same' : 'different'
  if (!difference) return { kind: 'passed', level: 'strict', description }
  if (/(left|outer)/i.test(semantics.operator) && /stream-stream/.test(semantics.operator) && isRelaxedEqual(outcome)) {
    return { kind: 'passed', level: 'relaxed', description }
  }
  return { kind: 'failed', reason: 'another output', difference }
}

/** The description that is built for a case, for a look at what differs. */
export function describeCase(semantics: SemanticsCase): string {
  return rebuild(semantics).application.describe()
}

/** The README of the format: sliding windows of difference 0 make Kafka itself throw. */
function notOurs({ windows = [] }: SemanticsCase): string | undefined {
  const broken = windows.some(({ type, time_difference_ms }) => type === 'sliding' && time_difference_ms === 0)
  return broken ? 'a sliding window of difference 0, with which Kafka Streams itself fails' : undefined
}

async function played(
  semantics: SemanticsCase,
  { crash }: RunOptions,
): Promise<{ outcome: Outcome; described: string }> {
  const { application, topic, taken } = rebuild(semantics)
  const described = application.describe()
  await using driver = await TestDriver.create(application as unknown as Topology)
  const actual: Outcome['actual'][number][] = []
  for (const step of semantics.steps) {
    if (step.in) {
      const { topic: name, key, value, ts } = step.in
      driver.pipe(topic(name) as unknown as Topic<unknown, unknown>, { key, value, timestamp: ts })
    }
    if (step.advance_wall_clock_ms !== undefined) driver.advance(step.advance_wall_clock_ms)
    actual.push(taken())
    if (crash) await driver.crashAndRestore()
  }
  return { outcome: { expected: semantics.steps.map(({ out }) => out), actual }, described }
}
