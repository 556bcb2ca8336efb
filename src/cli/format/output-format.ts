import { OperatorError } from '../../base/errors.ts'
import { bareRecord, type FetchedRecord } from '../../client/fetched-records.ts'
import type { RecordPlace } from '../../client/record-place.ts'
import type { ByteSink } from '../byte-sink.ts'
import { type FormatPart, type Modifier, parseFormat } from './format-parts.ts'
import { type NumberFormat, numberFormat } from './number-format.ts'
import { RecordProblem } from './record-problem.ts'
import { type TextFormat, textFormat } from './text-format.ts'
import { timeFormat } from './time-format.ts'

/** Prints one record. Throws `RecordProblem`, before anything is printed, for a record that the format cannot show. */
export type PrintRecord = (record: FetchedRecord, place: RecordPlace, sink: ByteSink) => void

/** A part of a format, compiled: what has to hold for a record, and how it is printed. */
interface Step {
  readonly print: PrintRecord
  readonly check?: (record: FetchedRecord, place: RecordPlace) => void
}

/**
 * Compiles a format string for output (see `parseFormat` for the grammar). Bytes are printed as they are; null prints
 * nothing, and -1 as its size. Throws `OperatorError` for a verb, modifier or escape that does not exist.
 */
export function compileFormat(format: string): PrintRecord {
  const steps = parseFormat(format).map(compilePart)
  const checks = steps.flatMap(({ check }) => check ?? [])
  const print = inOrder(steps.map(step => step.print))
  if (checks.length === 0) return print
  return (record, place, sink) => {
    for (const check of checks) check(record, place)
    print(record, place, sink)
  }
}

function inOrder(prints: readonly PrintRecord[]): PrintRecord {
  const [first, second, ...more] = prints
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
    for (const print of prints) print(record, place, sink)
  }
}

function compilePart(part: FormatPart): Step {
  switch (part.kind) {
    case 'literal':
      return { print: printLiteral(part.bytes) }
    case 'headers':
      return headersStep(part.parts)
    case 'verb':
      return verbStep(part.name, part.modifier)
  }
}

function verbStep(name: string, modifier: Modifier | undefined): Step {
  switch (name) {
    case 't':
      return topicStep(textFormat(name, modifier))
    case 'k':
      return keyStep(textFormat(name, modifier))
    case 'v':
    case 's':
      return valueStep(textFormat(name, modifier))
    case 'h':
      return { print: printHeaders }
    case 'd':
      return timeStep(modifier)
    case 'T':
      return sizeStep(name, modifier, (_, { topic }) => Buffer.byteLength(topic))
    case 'K':
      return sizeStep(name, modifier, record => record.keyBytes)
    case 'V':
    case 'S':
      return sizeStep(name, modifier, record => record.valueBytes)
    case 'H':
      return sizeStep(name, modifier, record => record.headerCount)
    default:
      return numberStep(name, numberFormat(name, modifier))
  }
}

function printLiteral(bytes: Buffer): PrintRecord {
  const [only] = bytes
  if (bytes.length === 1 && only !== undefined) return (_record, _place, sink) => sink.byte(only)
  return (_record, _place, sink) => sink.bytes(bytes, 0, bytes.length)
}

function topicStep({ write, check }: TextFormat): Step {
  let known = { topic: '', bytes: Buffer.alloc(0) }
  const bytesOf = (topic: string): Buffer => {
    if (known.topic !== topic) known = { topic, bytes: Buffer.from(topic) }
    return known.bytes
  }
  return {
    print: (_, { topic }, sink) => {
      const bytes = bytesOf(topic)
      write(bytes, 0, bytes.length, sink)
    },
    ...(check && {
      check: (_: FetchedRecord, { topic }: RecordPlace) => check(bytesOf(topic), 0, Buffer.byteLength(topic)),
    }),
  }
}

function keyStep({ write, check }: TextFormat): Step {
  return {
    print: ({ buffer, keyStart, keyBytes }, _, sink) => {
      if (keyBytes > 0) write(buffer, keyStart, keyStart + keyBytes, sink)
    },
    ...(check && {
      check: ({ buffer, keyStart, keyBytes }: FetchedRecord) => {
        if (keyBytes >= 0) checkAs('key', check, buffer, keyStart, keyStart + keyBytes)
      },
    }),
  }
}

function valueStep({ write, check }: TextFormat): Step {
  return {
    print: ({ buffer, valueStart, valueBytes }, _, sink) => {
      if (valueBytes > 0) write(buffer, valueStart, valueStart + valueBytes, sink)
    },
    ...(check && {
      check: ({ buffer, valueStart, valueBytes }: FetchedRecord) => {
        if (valueBytes >= 0) checkAs('value', check, buffer, valueStart, valueStart + valueBytes)
      },
    }),
  }
}

function checkAs(
  name: string,
  check: NonNullable<TextFormat['check']>,
  buffer: Buffer,
  start: number,
  end: number,
): void {
  try {
    check(buffer, start, end)
  } catch (error) {
    if (!(error instanceof RecordProblem)) throw error
    throw new RecordProblem(`the ${name} is ${error.message}`, { cause: error })
  }
}

function timeStep(modifier: Modifier | undefined): Step {
  const format = timeFormat(modifier)
  if (!format) return numberStep('d', numberFormat('d', modifier))
  // Records of one batch often have one time.
  let known = { timestampMs: Number.NaN, text: '' }
  return {
    print: ({ timestamp }, _, sink) => {
      if (known.timestampMs !== timestamp) known = { timestampMs: timestamp, text: format.print(timestamp) }
      sink.text(known.text)
    },
  }
}

type NumberOf = (record: FetchedRecord, place: RecordPlace) => number

/** Sizes say where the next part begins: one that does not fit would make what follows unreadable. */
function sizeStep(verb: string, modifier: Modifier | undefined, sizeOf: NumberOf): Step {
  const { write, max, holdsNull } = numberFormat(verb, modifier)
  // Null in a size that has no room for -1 is as long as nothing.
  const least = holdsNull ? -1 : 0
  return {
    print: (record, place, sink) => write(Math.max(least, sizeOf(record, place)), sink),
    ...(max < Number.MAX_SAFE_INTEGER && {
      check: (record: FetchedRecord, place: RecordPlace) => {
        const size = sizeOf(record, place)
        if (size > max) throw new RecordProblem(`${size} does not fit into %${verb}{${modifier?.name}}`)
      },
    }),
  }
}

function numberStep(verb: string, { write }: NumberFormat): Step {
  if (verb === 'i') {
    let count = 0
    return { print: (_record, _place, sink) => write(++count, sink) }
  }
  const numberOf = Object.hasOwn(numbers, verb) ? numbers[verb] : undefined
  if (!numberOf) throw new OperatorError(`format: there is no '%${verb}'`)
  return { print: (record, place, sink) => write(numberOf(record, place), sink) }
}

const numbers: Readonly<Record<string, NumberOf>> = {
  p: (_, { partition }) => partition,
  o: ({ offset }) => offset,
  d: ({ timestamp }) => timestamp,
  e: (_, { leaderEpoch }) => leaderEpoch,
  x: (_, { producerId }) => producerId,
  y: (_, { producerEpoch }) => producerEpoch,
  '[': (_, { logStartOffset }) => logStartOffset,
  '|': (_, { lastStableOffset }) => lastStableOffset,
  ']': (_, { highWatermark }) => highWatermark,
}

/** As kcat prints them: name=value,… */
function printHeaders(record: FetchedRecord, _place: RecordPlace, sink: ByteSink): void {
  record.headers.forEach(({ key, value }, at) => {
    sink.text(`${at > 0 ? ',' : ''}${key}=`)
    if (value) sink.bytes(value, 0, value.length)
  })
}

/** A header takes the place of a record: its name that of the key. */
function headersStep(parts: readonly FormatPart[]): Step {
  const steps = parts.map(compilePart)
  const each = (record: FetchedRecord, action: (header: FetchedRecord) => void): void => {
    for (const { key, value } of record.headers) action(bareRecord(Buffer.from(key), value))
  }
  const checks = steps.flatMap(({ check }) => check ?? [])
  return {
    print: (record, place, sink) =>
      each(record, header => {
        for (const { print } of steps) print(header, place, sink)
      }),
    ...(checks.length > 0 && {
      check: (record: FetchedRecord, place: RecordPlace) =>
        each(record, header => {
          for (const check of checks) check(header, place)
        }),
    }),
  }
}
