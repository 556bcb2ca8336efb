import { OperatorError } from '../../base/errors.ts'
import { parseDuration } from '../../client/time-expression.ts'

/** A range in which a value is fine, as monitoring plugins write it; both ends belong to it. */
export interface Threshold {
  /** As it was written, for perfdata. */
  readonly text: string
  readonly min: number
  readonly max: number
  /** `@`: it is the values inside that are not fine. */
  readonly isInverted: boolean
  /** Times were given: it is for values in milliseconds. */
  readonly isTime: boolean
}

const hint = '10 (no more than), 10: (no less than), 2:10 (between), @2:10 (not between); times as 5m, 30s, 1h'

/**
 * Reads a threshold in the form of the Monitoring Plugins guidelines: `10`, `10:`, `~:10`, `2:10`, `@2:10`. Numbers with a unit
 * (`500ms`, `5m`) are times. Throws `OperatorError`.
 */
export function parseThreshold(text: string): Threshold {
  const parts = /^(?<inverted>@)?(?:(?<from>[^:]*):)?(?<to>[^:]*)$/.exec(text)?.groups
  if (!parts || text === '' || text === '@' || text === ':') throw notAThreshold(text)
  const from = parts.from === undefined ? { value: 0, isTime: false } : readBound(parts.from, text, -Infinity)
  const to = readBound(parts.to ?? '', text, Infinity)
  if (from.value > to.value) throw notAThreshold(text)
  return {
    text,
    min: from.value,
    max: to.value,
    isInverted: parts.inverted !== undefined,
    isTime: from.isTime || to.isTime,
  }
}

/** Whether a value is to be complained about. */
export function isBeyond({ min, max, isInverted }: Threshold, value: number): boolean {
  const isInside = value >= min && value <= max
  return isInside === isInverted
}

function readBound(text: string, whole: string, open: number): { readonly value: number; readonly isTime: boolean } {
  if (text === '~') return { value: -Infinity, isTime: false }
  if (text === '') return { value: open === -Infinity ? 0 : open, isTime: false }
  if (/[a-z]$/.test(text)) return { value: parseDuration(text, 'a time among thresholds'), isTime: true }
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) throw notAThreshold(whole)
  return { value: Number(text), isTime: false }
}

function notAThreshold(text: string): OperatorError {
  return new OperatorError(`'${text}' is no threshold`, { hint })
}
