import { OperatorError } from '../../base/errors.ts'

/** A time span: milliseconds, or a number with its unit, as `'90s'` or `'1d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time span in milliseconds. Throws an OperatorError that names `what` unless it is a whole number from 0. */
export function durationMs(duration: unknown, what: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration))
  const span = typeof duration === 'number' ? duration : parts ? Number(parts[1]) * unitMs[parts[2]!]! : Number.NaN
  if (Number.isSafeInteger(span) && span >= 0) return span
  const wrong = duration === undefined ? 'is missing' : `is no duration: ${JSON.stringify(duration)}`
  throw new OperatorError(`${what} ${wrong}`, {
    hint: "write milliseconds, or a number and its unit, as '500ms', '90s', '10m', '12h' or '7d'",
  })
}
