import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** A record that a case expects. `ts` is missing where the source of the case does not tell it. */
export interface ExpectedRecord {
  readonly to?: string
  readonly key: unknown
  readonly window?: readonly [number, number]
  readonly value: unknown
  readonly ts?: number
}

export interface Step {
  readonly in?: { readonly topic: string; readonly key: unknown; readonly value: unknown; readonly ts: number }
  readonly advance_wall_clock_ms?: number
  readonly out: readonly ExpectedRecord[]
}

/** The facts of a window, as the case format names them. */
export interface WindowSpec {
  readonly type?: 'time' | 'session' | 'sliding' | 'join'
  readonly size_ms?: number
  readonly advance_ms?: number
  readonly gap_ms?: number
  readonly time_difference_ms?: number
  readonly before_ms?: number
  readonly after_ms?: number
  readonly grace_ms?: number
}

/** One case of the format streamctl-semantics/1. */
export interface SemanticsCase {
  readonly name: string
  readonly operator: string
  readonly source?: { readonly test?: string }
  readonly windows?: readonly WindowSpec[]
  readonly params?: Readonly<Record<string, unknown>>
  readonly functions?: Readonly<Record<string, string>>
  readonly topology?: string
  readonly steps: readonly Step[]
  readonly outputs_incomplete?: boolean
}

export interface CaseFile {
  readonly file: string
  readonly cases: readonly SemanticsCase[]
}

const format = 'streamctl-semantics/1'

/** All case files below a directory, in the order of their paths. Other JSON files are passed over. */
export function readCases(directory: string): CaseFile[] {
  if (!existsSync(directory)) throw new Error(`${directory} does not exist`)
  const files = statSync(directory).isDirectory() ? jsonFiles(directory) : [directory]
  return files.flatMap(file => {
    const content = JSON.parse(readFileSync(file, 'utf8')) as { format?: string; cases?: SemanticsCase[] }
    if (content.format !== format || !content.cases) return []
    return [{ file: path.relative(directory, file) || path.basename(file), cases: content.cases.map(withKnownPlaces) }]
  })
}

/** Where the recorder did not know which node a record came to, it says `?`. */
function withKnownPlaces(semantics: SemanticsCase): SemanticsCase {
  const known = ({ to, ...record }: ExpectedRecord): ExpectedRecord =>
    to === undefined || to === '?' ? record : { to, ...record }
  return { ...semantics, steps: semantics.steps.map(step => ({ ...step, out: step.out.map(known) })) }
}

function jsonFiles(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap(entry => {
    const file = path.join(directory, entry.name)
    if (entry.isDirectory()) return jsonFiles(file)
    return entry.name.endsWith('.json') ? [file] : []
  })
}
