import type { ExpectedRecord } from './case.ts'

export type Level = 'strict' | 'relaxed'

/** A difference, in one line. */
export interface Difference {
  readonly step: number
  readonly expected: readonly ExpectedRecord[]
  readonly actual: readonly ExpectedRecord[]
}

/** What a case's steps were to give, and gave. `bound`: see `relaxed`. */
export interface Outcome {
  readonly expected: readonly (readonly ExpectedRecord[])[]
  readonly actual: readonly (readonly ExpectedRecord[])[]
}

/** Step by step, each topic's records in their order. Returns the first difference. */
export function strictDifference({ expected, actual }: Outcome, incomplete: boolean): Difference | undefined {
  // A test that reads one of two topics has seen nothing of the other.
  const read = new Set(expected.flat().map(({ to }) => to))
  const isRead = (to: string | undefined): boolean => read.size === 0 || read.has(undefined) || read.has(to)
  for (const [step, records] of expected.entries()) {
    const found = (actual[step] ?? []).filter(({ to }) => isRead(to))
    const same = incomplete ? containsInOrder(found, records) : sameByTopic(found, records)
    if (!same) return { step, expected: records, actual: found }
  }
  return undefined
}

/**
 * Whether, all steps together, the same records come out, and none before its time: Kafka may hold an unmatched record of a
 * left or outer join back for longer than it must. `earliest`: the stream time above which a record with that timestamp may
 * be told as unmatched; `streamTimes`: the stream time of each step.
 */
export function isRelaxedEqual(
  { expected, actual }: Outcome,
  { earliest, streamTimes }: { earliest: (ts: number) => number; streamTimes: readonly number[] },
): boolean {
  const all = (steps: Outcome['expected']): string => steps.flat().map(withoutTopic).sort().join('\n')
  if (all(expected) !== all(actual)) return false
  return actual.every((records, step) => {
    const due = new Set((expected[step] ?? []).map(withoutTopic))
    return records.every(record => due.has(withoutTopic(record)) || streamTimes[step]! > earliest(record.ts ?? 0))
  })
}

function sameByTopic(found: readonly ExpectedRecord[], records: readonly ExpectedRecord[]): boolean {
  const byTopic = (all: readonly ExpectedRecord[]): Map<string, ExpectedRecord[]> =>
    Map.groupBy(all, ({ to }) => (records.every(record => record.to === undefined) ? '' : (to ?? '')))
  const [one, two] = [byTopic(found), byTopic(records)]
  const topics = new Set([...one.keys(), ...two.keys()])
  return [...topics].every(topic => {
    const [a, b] = [one.get(topic) ?? [], two.get(topic) ?? []]
    return a.length === b.length && a.every((record, at) => matches(record, b[at]!))
  })
}

function containsInOrder(found: readonly ExpectedRecord[], records: readonly ExpectedRecord[]): boolean {
  let at = 0
  for (const record of records) {
    while (at < found.length && !matches(found[at]!, record)) at++
    if (at++ >= found.length) return false
  }
  return true
}

function matches(actual: ExpectedRecord, expected: ExpectedRecord): boolean {
  return (
    canonical(actual.key) === canonical(expected.key) &&
    canonical(actual.value) === canonical(expected.value) &&
    canonical(actual.window ?? null) === canonical(expected.window ?? null) &&
    (expected.ts === undefined || actual.ts === expected.ts)
  )
}

function withoutTopic({ key, value, window, ts }: ExpectedRecord): string {
  return canonical([key, value, window ?? null, ts ?? null])
}

/** Java prints an object without a text of its own as its class and an address, which differs from run to run. */
export function canonical(value: unknown): string {
  return JSON.stringify(value)?.replace(/(\w)@[0-9a-f]{6,8}\b/g, '$1') ?? 'undefined'
}
