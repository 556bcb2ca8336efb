import type { FetchedRecord } from '../../client/fetched-records.ts'
import type { RecordPlace } from '../../client/record-place.ts'
import type { ByteSink } from '../byte-sink.ts'
import type { PrintRecord } from '../format/output-format.ts'
import { KcatError } from './kcat-error.ts'
import type { KcatOptions } from './kcat-options.ts'
import { type Unpack, unpacker } from './kcat-unpack.ts'

const nullText = Buffer.from('NULL')

/** kcat's `-D` and `-K`: \n, \t and \xHH anywhere. */
export function parseDelimiter(text: string): Buffer {
  const replaced = Buffer.from(text)
    .toString('latin1')
    .replace(/\\n|\\t|\\x([0-9a-fA-F]*)/g, (found, hex?: string) => {
      if (found === '\\n') return '\n'
      if (found === '\\t') return '\t'
      if (!hex) throw new KcatError('fatal', `Delimiter ${found} expects hex number`)
      return String.fromCharCode(Number.parseInt(hex, 16) & 0xff)
    })
  return Buffer.from(replaced, 'latin1')
}

/** The format that `-f`, or without it `-D` and `-K`, ask for; byte for byte what kcat 1.7.1 prints. Throws `KcatError`. */
export function compileKcatFormat(options: KcatOptions): PrintRecord {
  const steps = formatBytes(options).map(part => (Buffer.isBuffer(part) ? printLiteral(part) : verb(part, options)))
  const [first, second, ...more] = steps
  if (first && second && more.length === 0) {
    return (record, place, sink) => {
      first(record, place, sink)
      second(record, place, sink)
    }
  }
  return (record, place, sink) => {
    for (const step of steps) step(record, place, sink)
  }
}

function formatBytes({ format, delimiter, keyDelimiter }: KcatOptions): readonly (Buffer | string)[] {
  if (format !== undefined) return parse(Buffer.from(format).toString('latin1'))
  const key = keyDelimiter === undefined ? '' : `%k${parseDelimiter(keyDelimiter).toString('latin1')}`
  return parse(`${key}%s${parseDelimiter(delimiter).toString('latin1')}`)
}

/** Literals as bytes, verbs as their letter. Text is Latin-1, so that bytes stay bytes. */
function parse(format: string): readonly (Buffer | string)[] {
  const parts: (Buffer | string)[] = []
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf('%', at)
    const end = percent < 0 ? format.length : percent
    if (end > at) parts.push(withoutEscapes(format.slice(at, end)))
    if (percent < 0) break
    const letter = format[percent + 1]
    if (letter === undefined) throw new KcatError('fatal', 'Empty formatter')
    if (letter === '%') parts.push(Buffer.from('%'))
    else if ('okKsSRtpTh'.includes(letter)) parts.push(letter)
    else throw new KcatError('fatal', `Unsupported formatter: %${letter}`)
    at = percent + 2
  }
  return parts
}

/**
 * \n \r \t, \xHH, and numbers as C's strtoul reads them; any other character stands for itself. As in kcat 1.7.1, \xff is
 * 'ff': its hexadecimal numbers begin with a decimal digit. A NUL ends the text.
 */
function withoutEscapes(text: string): Buffer {
  const unescaped = text.replace(escapePattern, (all, ...found) => {
    const [hex, bare, prefixed, octal, decimal, character] = found as (string | undefined)[]
    if (bare !== undefined) return bare
    if (hex ?? prefixed) return byteText(Number.parseInt(hex ?? prefixed ?? '', 16))
    if (octal) return byteText(Number.parseInt(octal, 8))
    if (decimal) return byteText(Number.parseInt(decimal, 10))
    return character === undefined ? all : (escapes[character] ?? character)
  })
  const end = unescaped.indexOf('\0')
  return Buffer.from(end < 0 ? unescaped : unescaped.slice(0, end), 'latin1')
}

const escapePattern = /\\(?:x(\d[0-9a-fA-F]*)|x(\D)|0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9]\d*)|([\s\S]))/g
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }
const byteText = (value: number): string => String.fromCharCode(value & 0xff)

function printLiteral(bytes: Buffer): PrintRecord {
  return (_record, _place, sink) => sink.bytes(bytes, 0, bytes.length)
}

function verb(letter: string, { showsNull, keyPack, valuePack }: KcatOptions): PrintRecord {
  switch (letter) {
    case 'o':
      return ({ offset }, _, sink) => sink.number(offset)
    case 'k':
      return printField('key', keyPack, showsNull, ({ keyStart, keyBytes }) => [keyStart, keyBytes])
    case 's':
      return valuePack === undefined && !showsNull
        ? ({ buffer, valueStart, valueBytes }, _, sink) => {
            if (valueBytes > 0) sink.bytes(buffer, valueStart, valueStart + valueBytes)
          }
        : printField('value', valuePack, showsNull, ({ valueStart, valueBytes }) => [valueStart, valueBytes])
    case 'K':
      return ({ keyBytes }, _, sink) => sink.number(keyBytes)
    case 'S':
      return ({ valueBytes }, _, sink) => sink.number(valueBytes)
    case 'R':
      return ({ valueBytes }, _, sink) => {
        for (const shift of [24, 16, 8, 0]) sink.byte((valueBytes >> shift) & 0xff)
      }
    case 't':
      return (_, { topic }, sink) => sink.text(topic)
    case 'p':
      return (_, { partition }, sink) => sink.number(partition)
    case 'T':
      return ({ timestamp }, _, sink) => sink.number(timestamp)
    default:
      return printHeaders
  }
}

function printField(
  name: string,
  pack: string | undefined,
  showsNull: boolean,
  place: (record: FetchedRecord) => readonly [start: number, bytes: number],
): PrintRecord {
  const unpack: Unpack | undefined = pack === undefined ? undefined : unpacker(name, pack)
  return (record, _, sink) => {
    const [start, bytes] = place(record)
    // kcat looks at the length only: what is empty is shown as null, too.
    if (bytes <= 0) {
      if (showsNull) sink.bytes(nullText, 0, nullText.length)
    } else if (unpack) unpack(record.buffer, start, start + bytes, sink)
    else sink.bytes(record.buffer, start, start + bytes)
  }
}

function printHeaders(record: FetchedRecord, _place: RecordPlace, sink: ByteSink): void {
  record.headers.forEach(({ key, value }, at) => {
    sink.text(`${at > 0 ? ',' : ''}${key}=`)
    if (value === null) sink.bytes(nullText, 0, nullText.length)
    else {
      // Printed as a text of C: it ends at a NUL.
      const end = value.indexOf(0)
      sink.bytes(value, 0, end < 0 ? value.length : end)
    }
  })
}
