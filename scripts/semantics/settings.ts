import { OperatorError } from '../../src/base/errors.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../../src/streams/operators/windows.ts'
import type { SuppressRequest } from '../../src/streams/topology/suppressed.ts'
import type { EmitOption } from '../../src/streams/topology/windowed-stream.ts'
import type { SemanticsCase, WindowSpec } from './case.ts'
import type { CaseFunctions } from './functions.ts'

export type JoinKind = 'inner' | 'left' | 'outer'

/** The windows of the aggregates of a case, if it has any. Upstream's tests build one by one; the last is what they use. */
export function windowsOf(semantics: SemanticsCase): TimeWindows | SlidingWindows | SessionWindows | undefined {
  const spec = specs(semantics).findLast(({ type }) => type !== 'join')
  if (!spec) return undefined
  const graceMs = spec.grace_ms ?? 0
  switch (spec.type) {
    case 'session':
      return { kind: 'session', gapMs: spec.gap_ms ?? 0, graceMs }
    case 'sliding':
      return {
        kind: 'sliding',
        differenceMs: spec.time_difference_ms ?? 0,
        graceMs,
        firstToLast: readsForward(semantics),
      }
    default:
      return { kind: 'time', sizeMs: spec.size_ms ?? 0, advanceMs: spec.advance_ms ?? spec.size_ms ?? 0, graceMs }
  }
}

/** The window of the stream-stream joins of a case. */
export function joinWindowOf(semantics: SemanticsCase): { within: { before: number; after: number }; grace: number } {
  const spec = specs(semantics).findLast(({ type }) => type === 'join')
  if (!spec) throw new OperatorError(`${semantics.name} joins streams without a window`)
  return { within: { before: spec.before_ms ?? 0, after: spec.after_ms ?? 0 }, grace: spec.grace_ms ?? 0 }
}

/** Upstream's sliding tests have a store that cannot be read backwards, and call it so. */
function readsForward({ topology = '' }: SemanticsCase): boolean {
  return /stores: \[InOrder\d*\]/.test(topology)
}

function specs({ windows = [], params = {} }: SemanticsCase): WindowSpec[] {
  const own = params as WindowSpec
  const type: [keyof WindowSpec, WindowSpec['type']][] = [
    ['size_ms', 'time'],
    ['gap_ms', 'session'],
    ['time_difference_ms', 'sliding'],
    ['before_ms', 'join'],
  ]
  const fromParams = type.find(([field]) => own[field] !== undefined)
  return [...windows, ...(fromParams ? [{ ...own, type: fromParams[1]! }] : [])]
}

export function emitOf({ params = {} }: SemanticsCase): EmitOption {
  return params.emit_strategy === 'ON_WINDOW_CLOSE' ? 'final' : 'update'
}

/** How long, or until when, the suppress operators of a case hold back. */
export function suppressOf(semantics: SemanticsCase, { upstream }: CaseFunctions): SuppressRequest {
  if (upstream.suppress) return upstream.suppress as SuppressRequest
  const { until_ms, buffer } = semantics.params ?? {}
  if (typeof until_ms !== 'number') return 'until-window-closes'
  const limit = /max(Records|Bytes)\((\d+)\)/.exec(String(buffer))
  const limits = limit ? { [`max${limit[1]}`]: Number(limit[2]) } : {}
  return { untilTimeLimit: until_ms, ...limits }
}

/** The kinds of the joins of a case in the order in which they are made. */
export function joinKindsOf(semantics: SemanticsCase, { upstream }: CaseFunctions): JoinKind[] {
  if (upstream.joinKinds) return upstream.joinKinds as JoinKind[]
  const { left_join } = semantics.params ?? {}
  if (typeof left_join === 'boolean') return [left_join ? 'left' : 'inner']
  const words = semantics.operator.toLowerCase().match(/\b(inner|left|outer)(?= (?:self-)?join)/g) ?? []
  return words.length > 0 ? (words as JoinKind[]) : [/left/i.test(semantics.operator) ? 'left' : 'inner']
}
