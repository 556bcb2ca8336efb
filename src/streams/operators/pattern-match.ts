import type { AnyCodec } from '../codecs/codec.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'
import type { Pattern, PatternStep } from '../topology/pattern.ts'
import { type OperatorFactory, orNull, type UserFunction } from './operator.ts'

/** One attempt to find the sequence: for each step the numbers of the records that it took. */
interface Run {
  readonly taken: readonly (readonly number[])[]
  readonly startedAt: number
}

/** What is remembered of one key: records that runs have taken, by number, and the runs from the oldest to the newest. */
interface MatchState {
  readonly records: ReadonlyMap<number, unknown>
  readonly next: number
  readonly runs: readonly Run[]
}

/** More attempts than these for one key at a time are not begun: the oldest ones have taken the records already. */
const runsMax = 256

const emptyState: MatchState = { records: new Map(), next: 0, runs: [] }

type Step = { readonly kind: 'keep' | 'drop' } | { readonly kind: 'goes-on' | 'complete'; readonly run: Run }

/**
 * Finds sequences of records of one key, in the order in which they come. A record that fits the step that is due next goes
 * there; else it may be one more of the step at hand. Each record that fits the first step begins an attempt of its own;
 * which of them go on after a match is what `afterMatch` says: past the last record of the match, or to the next beginning.
 */
export function matchPattern(storeName: string, pattern: Pattern, result: UserFunction): OperatorFactory {
  const { withinMs, notAfter, afterMatch } = pattern
  return context => {
    const { forward, drop } = context
    const store = context.store<KeyValueStore>(storeName)
    const emit = (key: unknown, state: MatchState, run: Run, timestamp: number): void =>
      forward(key, orNull(result(bindings(pattern, state, run), key)), timestamp, null, true)
    if (notAfter.length > 0) {
      context.schedule(Math.max(1, Math.floor(withinMs / 10)), 'stream-time', now => {
        for (const [key, stored] of [...store.range()]) {
          const state = stored.value as MatchState
          const isOver = (run: Run): boolean => now - run.startedAt > withinMs
          for (const run of state.runs) {
            if (isOver(run) && isComplete(pattern, run)) emit(key, state, run, run.startedAt + withinMs)
          }
          save(store, key, { ...state, runs: state.runs.filter(run => !isOver(run)) }, stored.timestamp)
        }
      })
    }
    return (key, value, timestamp) => {
      if (key === null) return drop('null-key')
      if (value === null) return drop('null-value')
      const before = (store.get(key)?.value as MatchState | undefined) ?? emptyState
      const number = before.next
      const state = { ...before, next: number + 1, records: new Map(before.records).set(number, value) }
      const runs: Run[] = []
      let restartsAfter = -1
      for (const run of candidates(pattern, state, value, timestamp)) {
        if (first(run) <= restartsAfter) continue
        const step = run.taken.length === 0 ? begin(pattern, number, timestamp) : advance(pattern, state, run, number)
        if (step.kind === 'keep') runs.push(run)
        else if (step.kind === 'goes-on') runs.push(step.run)
        else if (step.kind === 'complete') {
          emit(key, state, step.run, timestamp)
          restartsAfter = afterMatch === 'past-last' ? number : first(step.run)
        }
      }
      const kept = runs.filter(run => first(run) > restartsAfter)
      save(store, key, { ...state, runs: kept }, timestamp)
    }
  }
}

/** The attempts that this record may go into: those that are not over, and a new one where it fits the first step. */
function candidates(pattern: Pattern, { runs }: MatchState, value: unknown, timestamp: number): Run[] {
  const alive = runs.filter(run => timestamp - run.startedAt <= pattern.withinMs)
  const begins = alive.length < runsMax && pattern.steps[0]!.where(value, {})
  return begins ? [...alive, { taken: [], startedAt: timestamp }] : alive
}

function begin(pattern: Pattern, number: number, startedAt: number): Step {
  const run = { taken: [[number]], startedAt }
  return { kind: isComplete(pattern, run) && pattern.notAfter.length === 0 ? 'complete' : 'goes-on', run }
}

/** What one more record means for an attempt. */
function advance(pattern: Pattern, state: MatchState, run: Run, number: number): Step {
  const value = state.records.get(number)
  const soFar = bindings(pattern, state, run)
  const at = run.taken.length - 1
  const step = pattern.steps[at]!
  const next: PatternStep | undefined = pattern.steps[at + 1]
  const enough = run.taken[at]!.length >= step.min
  const forbidden = next ? next.not : pattern.notAfter
  if (enough && forbidden.some(where => where(value, soFar))) return { kind: 'drop' }
  if (enough && next?.where(value, soFar)) return taken(pattern, { ...run, taken: [...run.taken, [number]] })
  if (run.taken[at]!.length < step.max && step.where(value, soFar)) {
    return taken(pattern, { ...run, taken: [...run.taken.slice(0, at), [...run.taken[at]!, number]] })
  }
  return enough && next?.strict ? { kind: 'drop' } : { kind: 'keep' }
}

function taken(pattern: Pattern, run: Run): Step {
  return { kind: isComplete(pattern, run) && pattern.notAfter.length === 0 ? 'complete' : 'goes-on', run }
}

function isComplete({ steps }: Pattern, run: Run): boolean {
  return run.taken.length === steps.length && run.taken.at(-1)!.length >= steps.at(-1)!.min
}

/** The number of the first record of an attempt; of one that is about to begin, beyond all. */
function first(run: Run): number {
  return run.taken[0]?.[0] ?? Number.MAX_SAFE_INTEGER
}

function bindings(pattern: Pattern, { records }: MatchState, run: Run): Record<string, unknown[]> {
  return Object.fromEntries(
    pattern.steps.map(({ name }, at) => [name, (run.taken[at] ?? []).map(number => records.get(number))]),
  )
}

/** Keeps what the attempts that are left need, and nothing where none is. */
function save(store: KeyValueStore, key: unknown, state: MatchState, timestamp: number): void {
  if (state.runs.length === 0) {
    store.put(key, null, timestamp)
    return
  }
  const needed = new Set(state.runs.flatMap(run => run.taken.flat()))
  store.put(key, { ...state, records: new Map([...state.records].filter(([number]) => needed.has(number))) }, timestamp)
}

/** The codec of what is remembered of one key: JSON, with records in base64 of their own codec. */
export function patternStateCodec(value: AnyCodec): AnyCodec {
  const decode = value.decodeOwn ?? value.decode
  return {
    encode(state) {
      const { records, next, runs } = state as MatchState
      const encoded = [...records].map(([number, record]) => [
        number,
        Buffer.from(value.encode(record)).toString('base64'),
      ])
      return Buffer.from(JSON.stringify({ records: encoded, next, runs }), 'utf8')
    },
    decode(bytes) {
      const { records, next, runs } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
        records: [number, string][]
        next: number
        runs: Run[]
      }
      return {
        records: new Map(records.map(([number, text]) => [number, decode(Buffer.from(text, 'base64'))])),
        next,
        runs,
      }
    },
  }
}
