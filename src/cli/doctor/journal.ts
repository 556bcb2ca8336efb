import type { Output } from '../output.ts'

/** What came of one thing that was looked at. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped'

export interface Finding {
  readonly step: 'settings' | 'name' | 'port' | 'tls' | 'versions' | 'sasl' | 'metadata' | 'advertised' | 'clock'
  readonly outcome: Outcome
  /** What was looked at: an address, a broker. */
  readonly subject: string
  readonly detail: string
  /** What to do about it. */
  readonly hint?: string
  readonly durationMs?: number
  /** What a failure makes of the exit code. */
  readonly exitCode?: number
}

const marks: Record<Outcome, string> = { ok: 'ok', warning: 'warning', failed: 'FAILED', skipped: '-' }

/** Findings in their order; for people they are shown as they come. */
export class Journal {
  readonly findings: Finding[] = []
  readonly #output: Output | undefined

  /** Without an output it keeps what it hears to itself. */
  constructor(output?: Output) {
    this.#output = output
  }

  add({ durationMs, ...found }: Finding): void {
    const finding = durationMs === undefined ? found : { ...found, durationMs: Math.round(durationMs * 10) / 10 }
    this.findings.push(finding)
    if (this.#output) show(this.#output, finding)
  }

  /** Of the first failure; 0 where there is none. */
  get exitCode(): number {
    const failure = this.findings.find(({ outcome }) => outcome === 'failed')
    return failure ? (failure.exitCode ?? 1) : 0
  }
}

function show(output: Output, { step, outcome, subject, detail, hint, durationMs }: Finding): void {
  const took = durationMs === undefined ? '' : ` (${durationMs} ms)`
  if (!output.isTerminal) {
    output.line([marks[outcome], step, subject, detail + took, hint ?? ''].map(oneCell).join('\t').trimEnd())
    return
  }
  const { colour } = output
  const paint = { ok: colour.green, warning: colour.yellow, failed: colour.red, skipped: colour.dim }[outcome]
  output.line(
    `${paint(marks[outcome].padEnd(8))}${step.padEnd(11)}${colour.bold(subject)}  ${detail}${colour.dim(took)}`,
  )
  if (hint) output.line(`${' '.repeat(19)}${paint('→')} ${hint}`)
}

function oneCell(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names come from brokers; these are what is meant.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
}
