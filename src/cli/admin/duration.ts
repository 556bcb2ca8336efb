import { OperatorError } from '../../base/errors.ts'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Reads `500ms`, `90s`, `1.5h`, `7d` as milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const parts = /^(?<count>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d|w)$/.exec(text)?.groups
  return parts && Math.round(Number(parts.count) * unitMs[parts.unit as keyof typeof unitMs])
}

/** Reads a duration of an option. Throws `OperatorError`. */
export function duration(name: string) {
  return (text: string): number => {
    const milliseconds = durationMs(text)
    if (milliseconds === undefined) {
      throw new OperatorError(`${name} must be a duration, not '${text}'`, { hint: 'as 500ms, 90s, 10m, 24h, 7d' })
    }
    return milliseconds
  }
}
