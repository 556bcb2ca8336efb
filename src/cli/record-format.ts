import { OperatorError } from '../base/errors.ts'
import type { FetchedRecord } from '../client/fetched-records.ts'
import type { ByteSink } from './byte-sink.ts'

/** Where a record was read. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
}

/** Prints one record. */
export type PrintRecord = (record: FetchedRecord, place: RecordPlace, sink: ByteSink) => void

/** A verb of the grammar: what it prints, and its line in the help. */
interface Verb {
  readonly help: string
  readonly print: PrintRecord
}

/**
 * The verbs of format strings, a part of rpk's grammar; `%s` and `%S` are kcat's names for `%v` and `%V`.
 * Bytes are printed as they are; null prints nothing, and -1 as a size.
 */
export const formatVerbs: Readonly<Record<string, Verb>> = {
  t: { help: 'topic', print: (_, { topic }, sink) => sink.text(topic) },
  p: { help: 'partition', print: (_, { partition }, sink) => sink.number(partition) },
  o: { help: 'offset', print: (record, _, sink) => sink.number(record.offset) },
  k: { help: 'key', print: printKey },
  v: { help: 'value', print: printValue },
  s: { help: 'value (as in kcat)', print: printValue },
  h: { help: 'headers: name=value,…', print: printHeaders },
  d: { help: 'timestamp, milliseconds since 1970', print: (record, _, sink) => sink.number(record.timestamp) },
  T: { help: 'timestamp (as in kcat)', print: (record, _, sink) => sink.number(record.timestamp) },
  K: { help: 'size of the key in bytes', print: (record, _, sink) => sink.number(record.keyBytes) },
  V: { help: 'size of the value in bytes', print: (record, _, sink) => sink.number(record.valueBytes) },
  S: { help: 'size of the value (as in kcat)', print: (record, _, sink) => sink.number(record.valueBytes) },
}

/** Compiles a format string. Throws `OperatorError` for a verb or escape that does not exist. */
export function compileFormat(format: string): PrintRecord {
  const steps = parseFormat(format).map(part => (Buffer.isBuffer(part) ? printLiteral(part) : part.print))
  const [first, second, ...more] = steps
  if (!first) return () => {}
  if (!second) return first
  // The common formats have two steps, as '%v\n': no loop for them.
  if (more.length === 0) {
    return (record, place, sink) => {
      first(record, place, sink)
      second(record, place, sink)
    }
  }
  return (record, place, sink) => {
    for (const step of steps) step(record, place, sink)
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' }

function parseFormat(format: string): readonly (Buffer | Verb)[] {
  const parts: (Buffer | Verb)[] = []
  let literal: Buffer[] = []
  const endLiteral = (): void => {
    if (literal.length > 0) parts.push(Buffer.concat(literal))
    literal = []
  }
  for (let at = 0; at < format.length; at++) {
    const character = String.fromCodePoint(format.codePointAt(at) ?? 0)
    if (character === '\\') {
      const [bytes, length] = readEscape(format, at)
      literal.push(bytes)
      at += length - 1
    } else if (character !== '%') {
      literal.push(Buffer.from(character))
      at += character.length - 1
    } else if (literalsBehindPercent.has(format[++at] ?? '')) literal.push(Buffer.from(format[at]!))
    else {
      endLiteral()
      parts.push(verbAt(format, at))
    }
  }
  endLiteral()
  return parts
}

const literalsBehindPercent: ReadonlySet<string> = new Set(['%', '{', '}'])

function verbAt(format: string, at: number): Verb {
  const name = format[at]
  const verb = name !== undefined && Object.hasOwn(formatVerbs, name) ? formatVerbs[name] : undefined
  const hint = `verbs: ${Object.keys(formatVerbs)
    .map(known => `%${known}`)
    .join(' ')} %%; escapes: \\n \\t \\r \\0 \\\\ \\xHH`
  if (!verb) throw new OperatorError(`format: there is no '%${name ?? ''}'`, { hint })
  if (format[at + 1] === '{') {
    throw new OperatorError(`format: '%${name}{' is reserved`, { hint: 'write %{ for a brace behind a verb' })
  }
  return verb
}

function readEscape(format: string, at: number): readonly [bytes: Buffer, length: number] {
  const name = format[at + 1] ?? ''
  const hex = /^[0-9a-fA-F]{2}/.exec(format.slice(at + 2))?.[0]
  if (name === 'x' && hex) return [Buffer.from(hex, 'hex'), 4]
  const text = escapes[name]
  if (text === undefined) {
    throw new OperatorError(`format: there is no escape '\\${name}'`, { hint: 'escapes: \\n \\t \\r \\0 \\\\ \\xHH' })
  }
  return [Buffer.from(text), 2]
}

function printLiteral(bytes: Buffer): PrintRecord {
  const [only] = bytes
  if (bytes.length === 1 && only !== undefined) return (_record, _place, sink) => sink.byte(only)
  return (_record, _place, sink) => sink.bytes(bytes, 0, bytes.length)
}

function printKey(record: FetchedRecord, _place: RecordPlace, sink: ByteSink): void {
  if (record.keyBytes > 0) sink.bytes(record.buffer, record.keyStart, record.keyStart + record.keyBytes)
}

function printValue(record: FetchedRecord, _place: RecordPlace, sink: ByteSink): void {
  if (record.valueBytes > 0) sink.bytes(record.buffer, record.valueStart, record.valueStart + record.valueBytes)
}

function printHeaders(record: FetchedRecord, _place: RecordPlace, sink: ByteSink): void {
  record.headers.forEach(({ key, value }, at) => {
    sink.text(`${at > 0 ? ',' : ''}${key}=`)
    if (value) sink.bytes(value, 0, value.length)
  })
}
