import { OperatorError } from '../../base/errors.ts'
import { parseTime, timeHint } from '../../client/time-expression.ts'
import type { FormatOptions } from '../table/report.ts'
import type { Wanted } from './ask-store.ts'

export interface QueryOptions extends FormatOptions {
  readonly key?: string
  readonly from?: string
  readonly to?: string
  readonly window?: string
  readonly sql?: string
  readonly follow?: boolean
  readonly count?: number
}

/** Refuses options that do not go together. */
export function checkOptions(
  { key, from, to, sql, follow: isFollowed, count }: QueryOptions,
  store: string | undefined,
): void {
  if (key !== undefined && (from !== undefined || to !== undefined)) {
    throw new OperatorError('--key asks for one key, --from and --to for many')
  }
  if (sql !== undefined && (key !== undefined || isFollowed || count !== undefined)) {
    throw new OperatorError('--sql says alone what is wanted', {
      hint: "select … where key = 'x' limit 10; --from, --to and --window choose what is gathered for it",
    })
  }
  const asksForEntries = [key, from, to, isFollowed, count].some(option => option !== undefined)
  if (store === undefined && sql === undefined && asksForEntries) {
    throw new OperatorError('which store?', { hint: 'streamctl query APPLICATION shows which there are' })
  }
}

/** Which entries the options ask for. */
export function wantedOf({ key, from, to, window }: QueryOptions, nowMs: number): Wanted {
  return {
    ...(key !== undefined && { key }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(window !== undefined && { window: windowOf(window, nowMs) }),
  }
}

/** Reads `TIME..TIME`, or one time: an instant. The end is not included. */
function windowOf(text: string, nowMs: number): { start: number; end: number } {
  const [first = '', second, ...rest] = text.split('..')
  if (rest.length > 0) throw new OperatorError(`'${text}' is no window`, { hint: `TIME..TIME or TIME; ${timeHint}` })
  const start = first === '' ? 0 : parseTime(first, nowMs)
  if (second === undefined) return { start, end: start + 1 }
  const end = second === '' ? nowMs : parseTime(second, nowMs)
  if (end <= start) throw new OperatorError(`the window '${text}' ends before it begins`, { hint: '-10m..now' })
  return { start, end }
}
