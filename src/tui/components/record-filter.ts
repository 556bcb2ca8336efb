import { OperatorError } from '../../base/errors.ts'
import { compileFilter } from '../../client/where/filter.ts'
import type { RecordRow } from '../record-row.ts'

/** What an expression may name: see `compileExpression`. */
const names = [
  'key',
  'value',
  'headers',
  'topic',
  'partition',
  'offset',
  'timestamp',
  'keyBytes',
  'valueBytes',
] as const

/** A filter line, read: what it asks of records, as `--where` takes it, or why it cannot be read. */
export type RecordFilter = { readonly where: string } | { readonly error: string }

/**
 * Reads a filter line. An expression over `key`, `value`, `headers`, `offset` … is what `--where` takes. Anything else is
 * looked for in key and value: a text (small letters find capitals, too), `/a|b/` a regular expression, `!text` what has it
 * not, `-f text` the letters in that order.
 */
export function readRecordFilter(line: string): RecordFilter {
  const text = line.trim()
  if (text === '') return { where: '' }
  const where = isExpression(text) ? text : plainFilter(text)
  try {
    compileFilter({ where, onError: 'skip' })
    return { where }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { error: error.message.replace(/^--where: /, '') }
  }
}

/** It names something of a record, as JavaScript would: not within quotes, not behind a dot. */
function isExpression(text: string): boolean {
  const bare = text.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '""')
  const named = names.some(name => new RegExp(`(?<![\\w$.])${name}(?![\\w$])`).test(bare))
  // A single word is looked for, even if it is one of these.
  return named && /[^\w\s]/.test(text.replace(/^!/, ''))
}

function plainFilter(text: string): string {
  if (text.startsWith('!') && text.length > 1) return `!(${plainFilter(text.slice(1))})`
  const fuzzy = /^-f\s+(.+)$/.exec(text)?.[1]
  const [, pattern, flags = ''] = /^\/(.+)\/([imsu]*)$/.exec(text) ?? []
  const letters = fuzzy === undefined ? undefined : [...fuzzy.replace(/\s/g, '')].map(escaped).join('[^]*?')
  const source = pattern ?? letters ?? escaped(text)
  const isExact = text !== text.toLowerCase()
  const regular = `new RegExp(${JSON.stringify(source)}, ${JSON.stringify(pattern === undefined ? (isExact ? '' : 'i') : flags)})`
  return `${regular}.test((keyBytes ?? '') + '\\n' + (valueBytes ?? ''))`
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** What a filter line can go on as: names, and the members that the values and headers of these records have. */
export function completeFilter(line: string, rows: readonly RecordRow[]): readonly string[] {
  const typed = /[\w$.]*$/.exec(line)?.[0] ?? ''
  const before = line.slice(0, line.length - typed.length)
  const words = typed.startsWith('value.') ? valuePaths(rows) : names
  return words.filter(word => word.startsWith(typed) && word !== typed).map(word => before + word)
}

const sampledRows = 20

function valuePaths(rows: readonly RecordRow[]): readonly string[] {
  const found = new Set<string>()
  for (const { value } of rows.slice(0, sampledRows)) {
    // The beginning of a value may be all that there is of it here: members are found without decoding.
    if (value?.startsWith('{')) for (const name of membersOf(value)) found.add(`value.${name}`)
  }
  return [...found].toSorted()
}

function membersOf(value: string): readonly string[] {
  try {
    return paths(JSON.parse(value), 2)
  } catch {
    return [...value.matchAll(/"([A-Za-z_$][\w$]*)"\s*:/g)].map(([, name]) => name!)
  }
}

function paths(value: unknown, depth: number): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0) return []
  return Object.entries(value)
    .filter(([name]) => /^[A-Za-z_$][\w$]*$/.test(name))
    .flatMap(([name, member]) => [name, ...paths(member, depth - 1).map(inner => `${name}.${inner}`)])
}
