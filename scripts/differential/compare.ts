import type { Json } from './normalise.ts'
import type { Answer } from './target.ts'

export interface Difference {
  readonly step: string
  /** Where in the answer: `topics[0].errorCode`. */
  readonly path: string
  /** Undefined where that side has no such field, item or answer. */
  readonly ours: Json | undefined
  readonly kafka: Json | undefined
}

/** Compares two conversations answer by answer and field by field. */
export function differences(ours: readonly Answer[], kafka: readonly Answer[]): Difference[] {
  const found: Difference[] = []
  for (let at = 0; at < Math.max(ours.length, kafka.length); at++) {
    const [our, their] = [ours[at], kafka[at]]
    const step = `${at + 1} ${their?.step ?? our?.step ?? ''}`
    if (our && their && our.step !== their.step) {
      found.push({ step, path: 'what was asked', ours: our.step, kafka: their.step })
      return found
    }
    compare(our?.body, their?.body, '', (path, one, other) => found.push({ step, path, ours: one, kafka: other }))
  }
  return found
}

function compare(
  ours: Json | undefined,
  kafka: Json | undefined,
  path: string,
  report: (path: string, ours: Json | undefined, kafka: Json | undefined) => void,
): void {
  if (Array.isArray(ours) && Array.isArray(kafka)) {
    for (let at = 0; at < Math.max(ours.length, kafka.length); at++)
      compare(ours[at], kafka[at], `${path}[${at}]`, report)
  } else if (isFields(ours) && isFields(kafka)) {
    for (const name of new Set([...Object.keys(ours), ...Object.keys(kafka)]))
      compare(ours[name], kafka[name], joined(path, name), report)
  } else if (ours !== kafka) report(path, ours, kafka)
}

function joined(path: string, name: string): string {
  return path && !name.startsWith('[') ? `${path}.${name}` : path + name
}

function isFields(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
