import { stripTypeScriptTypes } from 'node:module'
import { OperatorError } from '../../base/errors.ts'
import type { FetchedRecord } from '../fetched-records.ts'

interface Place {
  readonly topic: string
  readonly partition: number
}

type Parameter = (record: FetchedRecord, place: Place) => unknown

/** What an expression may name. Only what it does name is worked out for each record. */
const parameters: Readonly<Record<string, Parameter>> = {
  key: ({ buffer, keyStart, keyBytes }) => decoded(buffer, keyStart, keyBytes),
  value: ({ buffer, valueStart, valueBytes }) => decoded(buffer, valueStart, valueBytes),
  headers: record => headersOf(record),
  topic: (_, { topic }) => topic,
  partition: (_, { partition }) => partition,
  offset: ({ offset }) => offset,
  timestamp: ({ timestamp }) => timestamp,
  keyBytes: ({ key }) => key,
  valueBytes: ({ value }) => value,
}

/**
 * Compiles one TypeScript or JavaScript expression over a record; what it is says whether the record is wanted.
 *
 * `key` and `value` are what JSON decodes to where they are JSON, else strings, null where they are null; `headers` is an
 * object of strings (of several with one name the last; null where the value is null); `timestamp` is in milliseconds;
 * `keyBytes` and `valueBytes` are Buffers (or null). Throws `OperatorError` for what is no expression.
 */
export function compileExpression(source: string): (record: FetchedRecord, place: Place) => boolean {
  const script = toScript(source)
  const names = Object.keys(parameters).filter(name =>
    new RegExp(`(?<![\\w$.])${name}(?![\\w$])|\\.\\.\\.${name}(?![\\w$])`).test(script),
  )
  const judge = functionOf(names, script)
  const [first, second] = names.map(name => parameters[name])
  // The usual expressions name one thing or two: no list for each record.
  if (first && names.length === 1) return (record, place) => Boolean(judge(first(record, place)))
  if (first && second && names.length === 2)
    return (record, place) => Boolean(judge(first(record, place), second(record, place)))
  const getters = names.map(name => parameters[name])
  return (record, place) => Boolean(judge(...getters.map(get => get?.(record, place))))
}

type Judge = (...values: readonly unknown[]) => unknown

function functionOf(names: readonly string[], script: string): Judge {
  try {
    return new Function(...names, `'use strict'; return (${script}\n)`) as Judge
  } catch (error) {
    throw notAnExpression(script, error)
  }
}

/** JavaScript is taken as it is; only what is none may be TypeScript: its types are left out. */
function toScript(source: string): string {
  if (source.trim() === '') throw new OperatorError('--where: the expression is empty', { hint: example })
  if (isScript(source)) return source
  try {
    // In front of a name, so that what an expression may begin with cannot be read as a statement.
    const stripped = stripTypeScriptTypes(`let it = (${source}\n)`)
      .replace(/^let it = \(/, '')
      .replace(/\n\);?\s*$/, '')
    if (isScript(stripped)) return stripped
  } catch {
    // The complaint about the JavaScript is the one that people understand.
  }
  try {
    new Function(`return (${source}\n)`)
  } catch (error) {
    throw notAnExpression(source, error)
  }
  return source
}

function isScript(source: string): boolean {
  try {
    new Function(`return (${source}\n)`)
    return true
  } catch {
    return false
  }
}

const example = "as --where 'value.amount > 100 && headers.trace'"

function notAnExpression(source: string, error: unknown): OperatorError {
  return new OperatorError(`--where: '${source}' is no expression: ${(error as Error).message}`, {
    hint: example,
    cause: error,
  })
}

/** JSON as what it stands for, other bytes as a string. */
function decoded(buffer: Buffer, start: number, bytes: number): unknown {
  if (bytes < 0) return null
  const text = buffer.toString('utf8', start, start + bytes)
  if (!mayBeJson(bytes === 0 ? 0 : (buffer[start] ?? 0))) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Most text is told by its first byte: an exception for each record would cost more than everything else. */
function mayBeJson(byte: number): boolean {
  const character = String.fromCharCode(byte)
  return '{["-0123456789tfn \t\r\n'.includes(character)
}

function headersOf(record: FetchedRecord): Readonly<Record<string, string | null>> {
  const headers: Record<string, string | null> = Object.create(null)
  if (record.headerCount === 0) return headers
  for (const { key, value } of record.headers) headers[key] = value === null ? null : value.toString()
  return headers
}
