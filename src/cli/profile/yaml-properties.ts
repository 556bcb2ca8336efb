import { assert, OperatorError } from '../../base/errors.ts'
import type { PropertyEntry } from './layers.ts'

/** What a profile or project file says. */
export interface ConfigurationFile {
  readonly entries: readonly PropertyEntry[]
  /** The profile that a project file asks for. */
  readonly profile?: string
  readonly description?: string
}

type Yaml = typeof import('yaml')

let yaml: Yaml | undefined

/** Loads the library, where there is anything to read: it takes longer than everything else at the start. */
export async function loadYaml(): Promise<Yaml> {
  // The package is CommonJS: bundled, all that it exports is its default.
  yaml ??= ((await import('yaml')) as unknown as { readonly default: Yaml }).default
  return yaml
}

/**
 * Reads YAML, once `loadYaml` has been called: maps may be nested or have dots in their names (`sasl: {username: ann}` is `sasl.username: ann`), a list is
 * its items with commas between. Throws `OperatorError` with the line.
 */
export function parseConfigurationFile(text: string, file: string): ConfigurationFile {
  assert(yaml, 'the library for YAML is not loaded')
  const { LineCounter, parseDocument } = yaml
  const lines = new LineCounter()
  // Texts stay as they are written: no password becomes a number, no `no` false.
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', prettyErrors: false })
  const [problem] = document.errors
  if (problem) {
    // The message of the library quotes the line, and with it perhaps a password.
    throw new OperatorError(`${file}, line ${lines.linePos(problem.pos[0]).line}: this is not YAML (${problem.code})`)
  }
  const value: unknown = document.toJS()
  if (value === null || value === '') return { entries: [] }
  if (!isMap(value)) throw new OperatorError(`${file}: there must be names and values: 'brokers: host:9092'`)
  const { profile, description, ...properties } = value
  return {
    entries: flatten(properties, '', file),
    ...(typeof profile === 'string' ? { profile } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function flatten(value: Readonly<Record<string, unknown>>, prefix: string, file: string): PropertyEntry[] {
  return Object.entries(value).flatMap(([key, inner]): PropertyEntry[] => {
    const name = prefix + key
    if (isMap(inner)) return flatten(inner, `${name}.`, file)
    if (Array.isArray(inner)) return [{ name, value: inner.map(item => scalar(item, name, file)).join(',') }]
    return [{ name, value: scalar(inner, name, file) }]
  })
}

function scalar(value: unknown, name: string, file: string): string {
  if (value === null) return ''
  if (typeof value !== 'string') throw new OperatorError(`${file}: ${name} must be a text`)
  return value
}
