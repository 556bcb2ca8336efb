import { exitCodeOf, type Finding, type Metric, type Status, worst } from './findings.ts'

/** All that a check found out. */
export interface CheckResult {
  /** `broker`, `topic`, `lag`, `group`, … */
  readonly check: string
  readonly findings: readonly Finding[]
}

export const checkOutputs = ['text', 'nagios', 'prometheus', 'json'] as const
export type CheckOutput = (typeof checkOutputs)[number]

/** A check's result as lines of one of the forms. */
export function renderCheck(result: CheckResult, output: CheckOutput): readonly string[] {
  switch (output) {
    case 'text':
      return result.findings.map(({ status, text }) => `${status.toUpperCase().padEnd(8)}  ${text}`)
    case 'nagios':
      return nagios(result)
    case 'prometheus':
      return prometheus(result)
    case 'json':
      return [JSON.stringify({ check: result.check, status: worst(result.findings), findings: result.findings })]
  }
}

/**
 * The form of the Monitoring Plugins guidelines: one line that says it all with perfdata behind a bar, then a line for each
 * finding. A bar in a text would begin the perfdata.
 */
function nagios({ check, findings }: CheckResult): readonly string[] {
  const status = worst(findings)
  const telling = findings.filter(finding => finding.status === status)
  const more = telling.length > textsShown ? `; and ${telling.length - textsShown} more` : ''
  const summary = `${telling
    .slice(0, textsShown)
    .map(({ text }) => text)
    .join('; ')}${more}`
  const perfdata = findings.flatMap(({ metrics }) => metrics.map(perfdatum)).join(' ')
  const first = `${check.toUpperCase()} ${status.toUpperCase()} - ${withoutBar(summary)}`
  const rest =
    findings.length > 1 ? findings.map(finding => `${finding.status.toUpperCase()}: ${withoutBar(finding.text)}`) : []
  return [perfdata === '' ? first : `${first} | ${perfdata}`, ...rest]
}

const textsShown = 3

function perfdatum({ name, labels, value, warning = '', critical = '' }: Metric): string {
  const isTime = name.endsWith('_milliseconds')
  const base = isTime ? name.slice(0, -'_milliseconds'.length) : name
  const label = [base, ...Object.values(labels)].join('_').replaceAll(/[='|\s]/g, '-')
  return `'${label}'=${value}${isTime ? 'ms' : ''};${warning};${critical}`.replace(/;+$/, '')
}

function withoutBar(text: string): string {
  return text.replaceAll('|', '/')
}

/** Prometheus' text exposition format 0.0.4: times are in seconds, as its conventions want. */
function prometheus({ check, findings }: CheckResult): readonly string[] {
  const metrics = findings.flatMap(finding => finding.metrics)
  const families = [...Map.groupBy(metrics, ({ name }) => name)].flatMap(([name, samples]) => {
    const isTime = name.endsWith('_milliseconds')
    const full = `streamctl_check_${isTime ? name.replace(/_milliseconds$/, '_seconds') : name}`
    return [
      `# TYPE ${full} gauge`,
      ...samples.map(({ labels, value }) => `${full}${labelText(labels)} ${isTime ? value / 1_000 : value}`),
    ]
  })
  const status: Status = worst(findings)
  return [
    '# HELP streamctl_check_status 0 ok, 1 warning, 2 critical, 3 unknown',
    '# TYPE streamctl_check_status gauge',
    `streamctl_check_status${labelText({ check })} ${exitCodeOf(status)}`,
    ...families,
  ]
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    return `${name}="${escaped}"`
  })
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
