import { ExitCode, OperatorError } from '../base/errors.ts'
import { anyPartition } from '../client/topic-writer.ts'
import { CsvParser } from './csv-parser.ts'
import { compileInput, type ParsedRecord } from './format/input-format.ts'
import { LineSplitter } from './line-splitter.ts'
import {
  checkPartition,
  type RecordInputOptions,
  type RecordTarget,
  recordWriter,
  withTombstones,
} from './record-input.ts'
import { type LengthForm, SizedSplitter } from './sized-splitter.ts'

/** Turns the bytes of an input into records. */
export interface InputSource {
  /** Records that are complete with this chunk are written, with the time of the call unless they have their own. */
  push(chunk: Buffer): void
  /** The input has ended. Throws `OperatorError` for half a record at its end. */
  end(): void
}

export interface InputOptions extends RecordInputOptions {
  /** Records end with a NUL byte, as `find -print0` writes them. */
  readonly null?: boolean
  readonly lengthPrefix?: LengthForm
  /** The delimiter of CSV with a header row. */
  readonly csv?: string
  /** The column of the key, with `csv`. */
  readonly keyColumn?: string
  readonly format?: string
}

/** The names of the options that say how an input is cut into records; at most one may be given. */
const framings = { json: '--json', null: '-0', lengthPrefix: '--length-prefix', csv: '--csv', format: '-f' } as const

/** Whether the options say how to cut an input into records, so that a file is not one record as a whole. */
export function isFramed(options: Partial<InputOptions>): boolean {
  return framingsIn(options).length > 0
}

/** Throws `OperatorError` for options that exclude each other, before anything is read or written. */
export function checkInputOptions(options: Partial<InputOptions>): void {
  const given = framingsIn(options)
  if (given.length > 1) throw new OperatorError(`${given.slice(0, 2).join(' and ')} exclude each other`)
  const ownKeys = options.format !== undefined ? '-f' : options.csv !== undefined ? '--csv' : undefined
  if (ownKeys && options.keyDelimiter !== undefined) {
    const instead = ownKeys === '-f' ? '%k in the format' : '--key-column'
    throw new OperatorError(`-K is for lines: with ${ownKeys}, ${instead} says what the key is`)
  }
  if (options.keyColumn !== undefined && options.csv === undefined) throw new OperatorError('--key-column needs --csv')
  if (options.keyColumn !== undefined && options.key !== undefined) {
    throw new OperatorError('-k and --key-column exclude each other')
  }
}

/** The input that the options ask for: lines, unless they say otherwise. Throws `OperatorError` as `checkInputOptions` does. */
export function openInput(writer: RecordTarget, options: InputOptions): InputSource {
  checkInputOptions(options)
  if (options.format !== undefined) return formatSource(writer, options, options.format)
  if (options.csv !== undefined) return csvSource(writer, options, options.csv)
  const input = recordWriter(writer, options)
  const onRecord = (buffer: Buffer, start: number, end: number): void => input.line(buffer, start, end)
  const { lengthPrefix } = options
  const splitter = lengthPrefix
    ? new SizedSplitter(onRecord, lengthPrefix)
    : new LineSplitter(onRecord, options.null ? 0 : 10)
  return {
    push: chunk => {
      input.beginChunk()
      splitter.push(chunk)
    },
    end: () => {
      input.beginChunk()
      splitter.end()
    },
  }
}

function framingsIn(options: Partial<InputOptions>): readonly string[] {
  const names = Object.keys(framings) as (keyof typeof framings)[]
  return names.filter(name => options[name] !== undefined && options[name] !== false).map(name => framings[name])
}

/** Every row becomes an object of its columns, in their order, as JSON; all values are text, as CSV has no other type. */
function csvSource(writer: RecordTarget, options: InputOptions, delimiter: string): InputSource {
  const { env, headers, partition, keyColumn } = options
  const fixedKey = options.key === undefined ? null : Buffer.from(options.key)
  let names: readonly string[] | undefined
  let keyAt = -1
  let timestamp = 0
  const parser = new CsvParser((fields, line) => {
    if (!names) {
      names = fields
      keyAt = keyColumn === undefined ? -1 : columnOf(fields, keyColumn)
      return
    }
    if (fields.length !== names.length) {
      throw new OperatorError(`CSV, line ${line}: ${fields.length} fields, but ${names.length} columns`, {
        hint: 'a field that holds the delimiter stands in quotes; --csv takes another delimiter: --csv ";"',
        exitCode: ExitCode.failure,
      })
    }
    const value = Buffer.from(rowToJson(names, fields))
    const key = keyAt < 0 ? fixedKey : Buffer.from(fields[keyAt]!)
    writer.append(timestamp, key, 0, key?.length ?? 0, value, 0, value.length, headers, partition)
  }, delimiter)
  const at = (action: () => void): void => {
    timestamp = env.clock.now()
    action()
  }
  return { push: chunk => at(() => parser.push(chunk)), end: () => at(() => parser.end()) }
}

function columnOf(names: readonly string[], wanted: string): number {
  const at = names.indexOf(wanted)
  if (at >= 0) return at
  throw new OperatorError(`the CSV has no column '${wanted}'`, { hint: `it has ${names.join(', ')}` })
}

/** Written by hand: an object would lose a column whose name comes twice, and put numeric names first. */
function rowToJson(names: readonly string[], fields: readonly string[]): string {
  return `{${fields.map((field, at) => `${JSON.stringify(names[at])}:${JSON.stringify(field)}`).join(',')}}`
}

function formatSource(writer: RecordTarget, options: InputOptions, format: string): InputSource {
  const { env, headers, partition } = options
  const target = options.tombstones ? withTombstones(writer) : writer
  const input = compileInput(format)
  const fixedKey = options.key === undefined ? null : Buffer.from(options.key)
  let count = 0
  let timestamp = 0
  const emit = (record: ParsedRecord): void => {
    count++
    const { value } = record
    const key = record.key ?? fixedKey
    const chosen = partition === anyPartition ? (record.partition ?? anyPartition) : partition
    checkPartition(target, chosen, `record ${count}`)
    const all = headers.length === 0 ? record.headers : [...record.headers, ...headers]
    const time = record.timestampMs ?? timestamp
    target.append(time, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, all, chosen)
  }
  return {
    push: chunk => {
      timestamp = env.clock.now()
      input.push(chunk, emit)
    },
    end: () => input.end(emit),
  }
}
