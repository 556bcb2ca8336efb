import type { Threshold } from './threshold.ts'
import { isBeyond } from './threshold.ts'

/** Kafka's and Nagios' words for how things are; their places are the exit codes. */
export const statuses = ['ok', 'warning', 'critical', 'unknown'] as const
export type Status = (typeof statuses)[number]

/** A number that was looked at. Field names are those of the JSON that people see. */
export interface Metric {
  /** In Prometheus' form, unit last: `lag_records`, `lag_milliseconds`. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly warning?: string
  readonly critical?: string
}

/** What was found out about one thing. */
export interface Finding {
  readonly status: Status
  readonly text: string
  readonly metrics: readonly Metric[]
}

export interface Thresholds {
  readonly warn: readonly Threshold[]
  readonly critical: readonly Threshold[]
}

/** Of the thresholds, those for times or those for numbers. */
export function thresholdsFor({ warn, critical }: Thresholds, kind: 'time' | 'number'): Thresholds {
  const isFor = ({ isTime }: Threshold): boolean => isTime === (kind === 'time')
  return { warn: warn.filter(isFor), critical: critical.filter(isFor) }
}

/** How a value stands to thresholds: a critical one weighs more. */
export function judge(value: number, { warn, critical }: Thresholds): Status {
  if (critical.some(threshold => isBeyond(threshold, value))) return 'critical'
  return warn.some(threshold => isBeyond(threshold, value)) ? 'warning' : 'ok'
}

/** A metric with the thresholds it was judged by. */
export function metric(
  name: string,
  labels: Metric['labels'],
  value: number,
  { warn, critical }: Thresholds = { warn: [], critical: [] },
): Metric {
  return {
    name,
    labels,
    value,
    ...(warn[0] ? { warning: warn[0].text } : {}),
    ...(critical[0] ? { critical: critical[0].text } : {}),
  }
}

// What is certainly wrong weighs more than what could not be found out, and that more than a warning.
const weights: Record<Status, number> = { ok: 0, warning: 1, unknown: 2, critical: 3 }

/** The worst of several; `unknown` for none: a check that looked at nothing has found nothing out. */
export function worst(findings: readonly Pick<Finding, 'status'>[]): Status {
  const [first, ...rest] = findings
  if (!first) return 'unknown'
  return rest.reduce<Status>(
    (status, finding) => (weights[finding.status] > weights[status] ? finding.status : status),
    first.status,
  )
}

/** 0 ok, 1 warning, 2 critical, 3 unknown, as monitoring plugins end. */
export function exitCodeOf(status: Status): number {
  return statuses.indexOf(status)
}
