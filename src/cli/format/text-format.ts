import { OperatorError } from '../../base/errors.ts'
import type { ByteSink } from '../byte-sink.ts'
import type { Modifier } from './format-parts.ts'
import { compactJson, isJson } from './json-text.ts'
import { RecordProblem } from './record-problem.ts'
import { unpackFormat } from './unpack.ts'

/** How bytes (a topic, a key, a value) stand in a text, in both directions. */
export interface TextFormat {
  /** Writes the bytes from `start` to `end`. */
  readonly write: (buffer: Buffer, start: number, end: number, sink: ByteSink) => void
  /** Throws `RecordProblem` for bytes that cannot be written like that, before anything is written. */
  readonly check?: (buffer: Buffer, start: number, end: number) => void
  /** The bytes that a text stands for. Throws `RecordProblem` for what is no such text. */
  readonly read: (text: Buffer) => Buffer
  /** Bytes of text for so many bytes; undefined if that varies. */
  readonly textBytes: ((bytes: number) => number) | undefined
}

const plain: TextFormat = {
  write: (buffer, start, end, sink) => sink.bytes(buffer, start, end),
  read: text => text,
  textBytes: bytes => bytes,
}

const hex: TextFormat = {
  write: (buffer, start, end, sink) => sink.text(buffer.toString('hex', start, end)),
  read: text => {
    const bytes = Buffer.from(text.toString('latin1'), 'hex')
    if (bytes.length * 2 !== text.length) throw new RecordProblem(`not hexadecimal: ${quoted(text)}`)
    return bytes
  },
  textBytes: bytes => bytes * 2,
}

const base64: TextFormat = {
  write: (buffer, start, end, sink) => sink.text(buffer.toString('base64', start, end)),
  read: readBase64,
  textBytes: bytes => Math.ceil(bytes / 3) * 4,
}

const base64raw: TextFormat = {
  write: (buffer, start, end, sink) => sink.text(buffer.toString('base64', start, end).replace(/=+$/, '')),
  read: readBase64,
  textBytes: bytes => Math.ceil((bytes * 4) / 3),
}

const json: TextFormat = {
  write: (buffer, start, end, sink) => {
    const compact = compactJson(buffer.subarray(start, end))
    sink.bytes(compact, 0, compact.length)
  },
  check: (buffer, start, end) => {
    if (!isJson(buffer, start, end)) throw new RecordProblem(`not JSON: ${quoted(buffer.subarray(start, end))}`)
  },
  read: text => {
    if (!isJson(text, 0, text.length)) throw new RecordProblem(`not JSON: ${quoted(text)}`)
    return compactJson(text)
  },
  textBytes: undefined,
}

/** The format that a modifier asks for. Throws `OperatorError` if there is none of that name. */
export function textFormat(verb: string, modifier: Modifier | undefined): TextFormat {
  switch (modifier && (modifier.argument === undefined ? modifier.name : `${modifier.name}[]`)) {
    case undefined:
      return plain
    case 'hex':
      return hex
    case 'base64':
      return base64
    case 'base64raw':
      return base64raw
    case 'json':
      return json
    case 'unpack[]':
      return unpackFormat(modifier?.argument ?? '')
    default:
      throw new OperatorError(`format: there is no '%${verb}{${modifier?.name}}'`, {
        hint: `%${verb} takes {hex}, {base64}, {base64raw}, {json}, {unpack[>I]}; in input {re[\\d+]}, too`,
      })
  }
}

function readBase64(text: Buffer): Buffer {
  const given = text.toString('latin1')
  const bytes = Buffer.from(given, 'base64')
  const digits = given.replace(/=+$/, '')
  if (/[^A-Za-z0-9+/_-]/.test(digits) || digits.length % 4 === 1) throw new RecordProblem(`not base64: ${quoted(text)}`)
  return bytes
}

/** The beginning of a text, so that it can be shown in a sentence. */
function quoted(text: Buffer): string {
  const shown = JSON.stringify(text.toString('utf8', 0, Math.min(40, text.length)))
  return text.length > 40 ? `${shown}…` : shown
}
